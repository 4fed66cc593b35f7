//! Compile tests for the macros: code that must compile, and code that must fail with the expected
//! errors.
//!
//! The compiler's messages change with its version, so the code that must fail is compiled only
//! with version [`PINNED`]. To accept new messages, run `TRYBUILD=overwrite cargo test --test ui`,
//! and review the diff.

use std::path::Path;
use std::process::Command;

const PINNED: &str = "rustc 1.95.";

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let output = Command::new(rustc).arg("--version").output().unwrap();
    let rustc = String::from_utf8(output.stdout).unwrap();
    let rustc = rustc.trim();
    if rustc.starts_with(PINNED) {
        cases.compile_fail("ui/fail/*.rs");
        // With the feature, the events in these programs are described.
        if !cfg!(feature = "plan") {
            cases.compile_fail("ui/fail-without-plan/*.rs");
        }
    } else {
        println!("skipping the failing cases: they require {PINNED}x, but this is {rustc}");
    }
}

/// Errors must not name internal items, because users do not know these items.
#[test]
fn no_error_names_internal_items() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
    let folders = ["fail", "fail-without-plan"].map(|name| folder.join(name));
    let mut files_checked = 0;
    let entries = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap());
    for entry in entries {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "stderr") {
            let errors = std::fs::read_to_string(&path).unwrap();
            assert!(!errors.contains("__"), "{}:\n{errors}", path.display());
            files_checked += 1;
        }
    }
    assert!(
        files_checked > 20,
        "only {files_checked} files were checked"
    );
}
