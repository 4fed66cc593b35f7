//! What compiles, and what the compiler says where something does not.
//!
//! The wording of rustc changes with its version, so the fail cases run on one: [`PINNED`]. Elsewhere they are left
//! out, and a line says so. To look at a change: `TRYBUILD=overwrite cargo test --test ui`, and read the diff.

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
