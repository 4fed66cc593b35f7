//! Writes packages for measurements, and runs cargo in them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::workspace::{root, scratch};

/// Writes a package with this workspace's lock file. Returns the package's folder.
pub(super) fn package(name: &str, dependencies: &str, main: &str) -> Result<PathBuf, String> {
    let folder = scratch(name)?;
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\n{dependencies}\n"
    );
    let write = |file: &str, text: &str| std::fs::write(folder.join(file), text);
    std::fs::create_dir(folder.join("src"))
        .and_then(|()| write("Cargo.toml", &manifest))
        .and_then(|()| write("src/main.rs", main))
        .and_then(|()| std::fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")))
        .map_err(|error| error.to_string())?;
    Ok(folder)
}

/// Runs cargo. Returns the wall-clock time and the CPU time, in seconds.
pub(super) fn cargo(folder: &Path, target: &Path, args: &[&str]) -> Result<(f64, f64), String> {
    let cpu = children_cpu();
    let start = Instant::now();
    let output = Command::new("cargo")
        .args(args)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target)
        .env_remove("RUSTFLAGS")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    let took = (start.elapsed().as_secs_f64(), children_cpu() - cpu);
    if output.status.success() {
        return Ok(took);
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let line = stderr.lines().find(|line| line.starts_with("error"));
    Err(line.unwrap_or("cargo failed").to_owned())
}

/// Returns the user and system time of all child processes that have ended, in seconds.
fn children_cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The program's name is in parentheses and may contain spaces.
    let fields: Vec<&str> = stat
        .rsplit_once(')')
        .map_or("", |(_, rest)| rest)
        .split_whitespace()
        .collect();
    let ticks: u64 = [13, 14]
        .iter()
        .filter_map(|place| fields.get(*place)?.parse::<u64>().ok())
        .sum();
    ticks as f64 / rustix::param::clock_ticks_per_second() as f64
}
