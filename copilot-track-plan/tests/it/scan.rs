//! The scan of folders: modules, imports, and files that cannot be read.

use std::fs;
use std::path::Path;

use copilot_track_plan::{Sources, scan};
use tempfile::TempDir;

struct Folder(TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (file, text) in files {
            folder.write(file, text.as_bytes());
        }
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, file: &str, bytes: &[u8]) {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn scan(&self, folder: &str) -> Sources {
        scan(self.path().join(folder)).unwrap()
    }
}

fn event(name: &str) -> String {
    format!("#[derive(TrackEvent)] struct {name} {{ x: u8 }}")
}

fn events(sources: &Sources) -> Vec<&str> {
    let mut events: Vec<_> = sources.uses().iter().filter_map(|it| it.event()).collect();
    events.sort_unstable();
    events
}

fn problems(sources: &Sources) -> Vec<String> {
    let problems = sources.problems().iter();
    problems.map(|it| it.message.clone()).collect()
}

#[test]
fn imports_under_another_name_are_resolved() {
    let folder = Folder::new(&[(
        "main.rs",
        r#"
        use copilot_track::{CustomEvent as Event, TrackEvent as Trackable, tracked_tool as tool};
        use copilot_track::spec::ActionInvoked as Action;

        #[tool(type = "Stock", properties(sku))]
        fn stock(sku: &str) {}

        #[cfg_attr(feature = "track", inline, tool(type = "Order"), must_use)]
        fn order() {}

        #[derive(Clone, Trackable)]
        struct ItemPurchased { price: f64 }

        fn send(turn: &Turn) {
            turn.track(Event::new("Apology Sent")?);
            turn.track(Action::new("Delivery", "deliver").property("weight", 1.5));
        }
        "#,
    )]);
    let sources = folder.scan("");
    assert_eq!(problems(&sources), [""; 0]);
    let plan = sources.plan();
    assert!(
        plan.event("Item Purchased")
            .unwrap()
            .field("price")
            .is_some()
    );
    assert!(plan.event("Apology Sent").is_some());
    let action = plan.event("Action Invoked").unwrap();
    let types = action.field("type").unwrap().schema.keyword("examples");
    assert_eq!(
        types,
        Some(&serde_json::json!(["Delivery", "Order", "Stock"]))
    );
    for name in ["sku", "weight"] {
        assert!(action.field(name).is_some(), "{name}");
    }
    // In another file, the name means something else.
    folder.write("other.rs", b"#[tool(type = \"Other\")] fn other() {}");
    assert_eq!(folder.scan("other.rs").uses(), []);
}

#[test]
fn names_of_events_are_literals_constants_and_concatenations() {
    let folder = Folder::new(&[(
        "main.rs",
        r#"
        const QUOTE: &str = concat!("Quote", " ", ("Created"));
        static COUPON: &'static str = "Coupon Applied";
        fn send(turn: &Turn, name: &str) {
            turn.track(CustomEvent::new(QUOTE)?.property("a", 1));
            turn.track(CustomEvent::new(&COUPON)?.property("b", 1));
            turn.track(CustomEvent::new(concat!("Direct ", "Name"))?.property(concat!("c", "d"), 1));
            turn.track(CustomEvent::new(format!("{name} Sent"))?.property("e", 1));
            turn.track(CustomEvent::new(concat!("Version ", env!("CARGO_PKG_VERSION")))?);
            turn.track(CustomEvent::new(name.to_string())?);
        }
        "#,
    )]);
    let sources = folder.scan("");
    let plan = sources.plan();
    for (event, property) in [
        ("Quote Created", "a"),
        ("Coupon Applied", "b"),
        ("Direct Name", "cd"),
    ] {
        let rule = plan.event(event);
        let rule = rule.unwrap_or_else(|| panic!("{event}: {:?}", events(&sources)));
        assert!(rule.field(property).is_some(), "{event}");
    }
    let lines: Vec<_> = sources
        .problems()
        .iter()
        .map(|it| it.location.line)
        .collect();
    assert_eq!(lines, [8, 9, 10]);
    for message in problems(&sources) {
        assert!(message.contains("not a literal"), "{message}");
    }
}

#[test]
fn modules_for_tests_are_left_out_wherever_their_files_are() {
    let lib = format!(
        "mod shop; #[cfg(test)] mod tests; #[cfg(test)] #[path = \"odd.rs\"] mod other; {}",
        event("Lib")
    );
    let shop = format!(
        "#[cfg(all(test, unix))] mod tests; mod cart; {}",
        event("Shop")
    );
    let cart = format!("#[cfg(test)] mod tests {{ mod inner; }} {}", event("Cart"));
    let folder = Folder::new(&[
        ("Cargo.toml", ""),
        ("src/lib.rs", &lib),
        ("src/tests.rs", &format!("mod inner; {}", event("LibTest"))),
        ("src/tests/inner.rs", &event("LibInnerTest")),
        ("src/odd.rs", &event("OddTest")),
        ("src/shop.rs", &shop),
        ("src/shop/tests/mod.rs", &event("ShopTest")),
        ("src/shop/tests/more.rs", &event("ShopMoreTest")),
        ("src/shop/cart/mod.rs", &cart),
        ("src/bin/tool.rs", "#[cfg(test)] mod check; fn main() {}"),
        ("src/bin/check.rs", &event("CheckTest")),
        ("tests/it.rs", &event("IntegrationTest")),
        ("benches/speed.rs", &event("Bench")),
        ("examples/demo.rs", &event("Demo")),
        ("target/generated.rs", &event("Generated")),
        // These folders do not belong to a package.
        ("src/benches/mod.rs", &event("Benches")),
    ]);
    let sources = folder.scan("");
    assert_eq!(events(&sources), ["Benches", "Cart", "Demo", "Lib", "Shop"]);
    assert_eq!(problems(&sources), [""; 0]);
}

#[test]
fn files_in_path_attributes_and_includes_are_read_once() {
    let lib = r#"
        #[path = "../shared/events.rs"] mod events;
        #[path = "inside.rs"] mod inside;
        mod nested { #[path = "deep.rs"] mod deep; }
        include!("more.in");
        include!("../shared/events.rs");
        include!("missing.in");
        include!(concat!(env!("OUT_DIR"), "/generated.rs"));
        include!(concat!("more", ".in"));
    "#;
    let folder = Folder::new(&[
        ("src/lib.rs", lib),
        ("src/inside.rs", &event("Inside")),
        ("src/nested/deep.rs", &event("Deep")),
        ("src/more.in", &event("More")),
        ("shared/events.rs", &event("Shared")),
    ]);
    let sources = folder.scan("src");
    assert_eq!(events(&sources), ["Deep", "Inside", "More", "Shared"]);
    let messages = problems(&sources);
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(messages[0].contains("not a literal"), "{messages:?}");
    assert!(messages[1].contains("cannot read the file"), "{messages:?}");
}

#[test]
fn every_crate_of_a_workspace_is_read() {
    let mut files = vec![("Cargo.toml".to_owned(), "[workspace]".to_owned())];
    for index in 0..40 {
        files.push((format!("crates/c{index}/Cargo.toml"), String::new()));
        files.push((
            format!("crates/c{index}/src/lib.rs"),
            event(&format!("Event{index}")),
        ));
        files.push((format!("crates/c{index}/target/x.rs"), event("Generated")));
    }
    let files: Vec<_> = files
        .iter()
        .map(|(file, text)| (&**file, &**text))
        .collect();
    let sources = Folder::new(&files).scan("");
    assert_eq!(sources.uses().len(), 40);
    assert_eq!(problems(&sources), [""; 0]);
}

#[test]
fn files_that_cannot_be_read_are_problems() {
    let folder = Folder::new(&[("a.rs", &event("First")), ("c.rs", &event("Second"))]);
    folder.write("b.rs", b"fn main() { \"\xff\" }");
    folder.write("d.rs", "\u{feff}#![allow(x)]\nfn main() {}".as_bytes());
    folder.write("e.rs", b"");
    let sources = folder.scan("");
    assert_eq!(events(&sources), ["First", "Second"]);
    let messages = problems(&sources);
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0].contains("UTF-8"), "{messages:?}");
    assert!(sources.problems()[0].location.file.ends_with("b.rs"));
}

#[cfg(unix)]
#[test]
fn symbolic_links_that_form_loops_end() {
    use std::os::unix::fs::symlink;

    let folder = Folder::new(&[
        ("src/a.rs", &event("First")),
        ("other/b.rs", &event("Second")),
    ]);
    let link = |to: &str, from: &str| symlink(folder.path().join(to), folder.path().join(from));
    link("src", "src/again").unwrap();
    link("other", "src/other").unwrap();
    link("src", "other/src").unwrap();
    link("src/self.rs", "src/self.rs").unwrap();
    link("nowhere", "src/nowhere.rs").unwrap();
    let sources = folder.scan("src");
    assert_eq!(events(&sources), ["First", "Second"]);
}
