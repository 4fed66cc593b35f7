//! What compiles, and what the compiler says where something does not.
//!
//! The wording of rustc changes with its version, so the fail cases run on one: [`PINNED`].
//! Elsewhere they are left out, and a line says so. To look at a change:
//! `TRYBUILD=overwrite cargo test --test ui`, and read the diff.

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
    } else {
        println!(
            "the fail cases are left out: they are written for {PINNED}x, and this is {rustc}"
        );
    }
}

/// An error that names what is internal sends its reader to where nothing can be done.
#[test]
fn no_error_names_what_is_internal() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/fail");
    let mut looked_at = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "stderr") {
            let said = std::fs::read_to_string(&path).unwrap();
            assert!(!said.contains("__"), "{}:\n{said}", path.display());
            looked_at += 1;
        }
    }
    assert!(looked_at > 20, "only {looked_at} files");
}
