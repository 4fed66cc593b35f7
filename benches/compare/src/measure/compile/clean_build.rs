//! Measures a clean build of a program with one dependency.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use crate::measure::compile::cargo::{cargo, package};
use crate::measure::compile::libraries::{LIBRARIES, PARTS, ROUNDS};
use crate::measurement_names::CLEAN;
use crate::options::Options;
use crate::outcome::Outcome;
use crate::results::Results;
use crate::workspace::root;

pub(super) fn measure(options: &Options, results: &mut Results) {
    if options.includes(CLEAN) {
        for round in 0..ROUNDS {
            // One of the targets limits the time of a copilot-track build relative to a build of
            // `PARTS`. The time of a single build varies too much for a comparison, so both are
            // built in every round.
            let again = |name: &str| round == 0 || name == "copilot-track" || name == PARTS.0;
            for (name, dependency) in LIBRARIES.into_iter().chain([PARTS]) {
                if options.includes_subject(name) && again(name) {
                    eprintln!("{CLEAN} · {name}");
                    results.add(CLEAN, name, clean_build(name, dependency));
                }
            }
        }
    }
}

/// Builds an empty program with these dependencies.
pub(super) fn clean_build(name: &str, dependency_text: &str) -> Outcome {
    let mut text = dependency_text.replace("ROOT", &root().to_string_lossy());
    // Users get the library from a registry, and cargo does not compile dependencies from a
    // registry incrementally.
    text.push_str("\n\n[profile.dev]\nincremental = false");
    let folder = package(&package_name(name), &text, "fn main() {}\n")?;
    let target = folder.join("target");
    // Downloads missing crates before the measurement starts.
    cargo(&folder, &target, &["fetch", "--quiet"])?;
    let crates = tree(&folder)?;
    let (seconds, cpu) = cargo(&folder, &target, &["build", "--quiet"])?;
    let _ = std::fs::remove_dir_all(&folder);
    Ok(BTreeMap::from([
        ("crates".to_owned(), crates as f64),
        ("seconds".to_owned(), seconds),
        ("cpu_seconds".to_owned(), cpu),
    ]))
}

/// Returns a valid name for the package of this measurement.
fn package_name(name: &str) -> String {
    let is_valid = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    format!(
        "clean-{}",
        name.chars().filter(is_valid).collect::<String>()
    )
}

/// Returns the number of crates that a package depends on, directly or indirectly.
fn tree(folder: &Path) -> Result<usize, String> {
    let output = Command::new("cargo")
        .args([
            "tree",
            "--quiet",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
        ])
        .current_dir(folder)
        .output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let crates: BTreeSet<String> = text
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| {
            line.split_whitespace()
                .take(2)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    crates
        .len()
        .checked_sub(1)
        .filter(|crates| *crates > 0)
        .ok_or_else(|| "cargo tree printed nothing".to_owned())
}
