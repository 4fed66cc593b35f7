//! Builds the programs that are measured.

use std::collections::BTreeMap;
use std::process::Command;

use crate::options::Options;
use crate::subjects::ALL;
use crate::workspace::root;

/// Builds each peer separately. Returns the error of each peer that does not build.
pub(crate) fn build(options: &Options) -> Result<BTreeMap<&'static str, String>, String> {
    let mut failed = BTreeMap::new();
    if !options.build {
        return Ok(failed);
    }
    cargo_build("server").map_err(|error| format!("the server {error}"))?;
    let mut packages: Vec<&'static str> = ALL
        .iter()
        .filter(|subject| options.includes_subject(subject.name))
        .map(|subject| subject.package)
        .collect();
    packages.sort_unstable();
    packages.dedup();
    for package in packages {
        if let Err(error) = cargo_build(package) {
            failed.insert(package, error);
        }
    }
    Ok(failed)
}

fn cargo_build(package: &str) -> Result<(), String> {
    eprintln!("building {package}");
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--release", "--quiet", "-p", package])
        .current_dir(root())
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let line = stderr.lines().find(|line| line.starts_with("error"));
    Err(format!(
        "does not build: {}",
        line.unwrap_or("cargo failed")
    ))
}
