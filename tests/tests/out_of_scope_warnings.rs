//! A function that is called outside any conversation is logged once.
#![allow(
    clippy::unused_async,
    clippy::unused_self,
    reason = "the annotated functions are minimal"
)]

use copilot_track::tracked_tool;
use copilot_track_tests::{block_on, capture_logs, captured_logs};

#[tracked_tool(type = "t")]
async fn literal() {}

#[tracked_tool(type = "t")]
fn sync_literal() {}

#[tracked_tool(type = "t", properties(sku))]
async fn with_properties(sku: &str) {
    let _ = sku;
}

struct Shelf;

struct Store;

impl Shelf {
    #[tracked_tool(type = "t")]
    #[track_caller]
    fn caller(&self) {}

    #[tracked_tool(type = "t")]
    async fn same_name(&self) {}
}

impl Store {
    #[tracked_tool(type = "t")]
    async fn same_name(&self) {}
}

/// Declares two functions at one location.
macro_rules! tools {
    ($one:ident, $two:ident) => {
        #[tracked_tool(type = "t")]
        async fn $one() {}

        #[tracked_tool(type = "t")]
        async fn $two() {}
    };
}

tools!(first_of_macro, second_of_macro);

// This is a single test, because the captured logs belong to the whole process.
#[test]
fn each_function_is_logged_once_with_the_location_of_its_attribute() {
    capture_logs();
    for _ in 0..3 {
        block_on(literal());
        sync_literal();
        block_on(with_properties("A1"));
        Shelf.caller();
        Shelf.caller();
        block_on(Shelf.same_name());
        block_on(Store.same_name());
        block_on(first_of_macro());
        block_on(second_of_macro());
    }
    let lines = captured_logs();
    let count = |name: &str| {
        let field = format!("function=\"{name}\"");
        let lines = lines.iter().filter(|line| line.contains(&field));
        lines.clone().for_each(|line| {
            assert!(line.starts_with("WARN"), "{line}");
            let location = line.rsplit("location=").next().unwrap_or_default();
            assert!(location.contains("out_of_scope_warnings.rs:"), "{line}");
        });
        lines.count()
    };
    for name in [
        "literal",
        "sync_literal",
        "with_properties",
        "caller",
        "first_of_macro",
        "second_of_macro",
    ] {
        assert_eq!(count(name), 1, "{name}: {lines:#?}");
    }
    assert_eq!(count("same_name"), 2, "{lines:#?}");
    let line = format!("out_of_scope_warnings.rs:{}:1", line_of_literal());
    assert!(lines.iter().any(|log| log.contains(&line)), "{lines:#?}");
}

/// Returns the line of the attribute of `literal`.
fn line_of_literal() -> usize {
    let source = include_str!("out_of_scope_warnings.rs");
    let mut lines = source.lines();
    lines
        .position(|line| line.starts_with("#[tracked_tool"))
        .map_or(0, |line| line + 1)
}
