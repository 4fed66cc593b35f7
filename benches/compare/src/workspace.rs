//! Paths in this workspace, and the versions in its lock file.

use std::path::PathBuf;

/// Returns the path of `benches/`.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Returns the path of a program in this workspace.
pub(crate) fn program(name: &str) -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("release").join(name)
}

/// Creates an empty folder below `target`.
pub(crate) fn scratch(name: &str) -> Result<PathBuf, String> {
    let folder = program("").join("../compare-scratch").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}

/// Returns the versions of the libraries under comparison, from the lock file.
pub(crate) fn versions() -> String {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap_or_default();
    let mut found = Vec::new();
    let mut lines = lock.lines();
    while let Some(line) = lines.next() {
        let Some(name) = line
            .strip_prefix("name = ")
            .map(|name| name.trim_matches('"'))
        else {
            continue;
        };
        const SHOWN: [&str; 8] = [
            "copilot-track",
            "segment",
            "posthog-rs",
            "rudderanalytics",
            "tracing",
            "tracing-subscriber",
            "tracing-appender",
            "fastrace",
        ];
        if SHOWN.contains(&name) {
            let version = lines
                .next()
                .and_then(|line| line.strip_prefix("version = "));
            found.push(format!(
                "{name} {}",
                version.unwrap_or("?").trim_matches('"')
            ));
        }
    }
    found.join(", ")
}
