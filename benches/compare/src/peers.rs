//! Who is compared, and how they are built.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use crate::options::Options;

/// A library in one of the ways in which it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Subject {
    /// As the tables name it.
    pub(crate) name: &'static str,
    pub(crate) package: &'static str,
    pub(crate) variant: &'static str,
    /// Whether events of it arrive at a server.
    pub(crate) sends: bool,
}

const fn subject(
    name: &'static str,
    package: &'static str,
    variant: &'static str,
    sends: bool,
) -> Subject {
    Subject {
        name,
        package,
        variant,
        sends,
    }
}

pub(crate) const PLAIN: Subject = subject("plain call", "peer-plain", "plain", false);
pub(crate) const OUTSIDE: Subject =
    subject("ours, out of scope", "peer-ours", "out-of-scope", false);
pub(crate) const DISABLED: Subject = subject("ours, disabled", "peer-ours", "disabled", false);
pub(crate) const MEMORY: Subject = subject("ours, to memory", "peer-ours", "memory", false);
pub(crate) const OURS: Subject = subject("ours, to HTTP", "peer-ours", "http", true);
pub(crate) const INLINE: Subject = subject("segment, inline", "peer-segment", "inline", true);
pub(crate) const BARE: Subject = subject(
    "segment, inline, README's fields only",
    "peer-segment",
    "inline-bare",
    true,
);
pub(crate) const CHANNEL: Subject = subject(
    "segment, channel and worker",
    "peer-segment",
    "channel",
    true,
);
pub(crate) const POSTHOG: Subject = subject("posthog-rs", "peer-posthog", "client", true);
pub(crate) const POSTHOG_GLOBAL: Subject =
    subject("posthog-rs, global", "peer-posthog", "global", true);
pub(crate) const RUDDER: Subject = subject("rudderanalytics", "peer-rudder", "each", true);
pub(crate) const RUDDER_BATCHES: Subject = subject(
    "rudderanalytics, batches by hand",
    "peer-rudder",
    "batches",
    true,
);
pub(crate) const TRACING_NONE: Subject =
    subject("tracing, no subscriber", "peer-tracing", "none", false);
pub(crate) const TRACING_NOOP: Subject =
    subject("tracing, no-op layer", "peer-tracing", "no-op", false);
pub(crate) const TRACING_JSON: Subject = subject("tracing, JSON", "peer-tracing", "json", false);
pub(crate) const FASTRACE_NONE: Subject = subject(
    "fastrace, no parent",
    "peer-fastrace",
    "out-of-scope",
    false,
);
pub(crate) const FASTRACE: Subject = subject("fastrace, span", "peer-fastrace", "no-op", false);

/// In the order of the tables.
pub(crate) const ALL: [Subject; 17] = [
    PLAIN,
    OUTSIDE,
    DISABLED,
    TRACING_NONE,
    FASTRACE_NONE,
    MEMORY,
    OURS,
    TRACING_NOOP,
    FASTRACE,
    TRACING_JSON,
    INLINE,
    BARE,
    CHANNEL,
    POSTHOG,
    POSTHOG_GLOBAL,
    RUDDER,
    RUDDER_BATCHES,
];

/// `benches/`.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// A program of this workspace.
pub(crate) fn program(name: &str) -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("release").join(name)
}

/// Builds each peer by itself. A peer that does not build has its error as its result.
pub(crate) fn build(options: &Options) -> Result<BTreeMap<&'static str, String>, String> {
    let mut failed = BTreeMap::new();
    if !options.build {
        return Ok(failed);
    }
    cargo_build("server").map_err(|error| format!("the server does not build: {error}"))?;
    let mut packages: Vec<&'static str> = ALL
        .iter()
        .filter(|subject| options.wants_subject(subject.name))
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
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().find(|line| line.starts_with("error"));
    Err(format!(
        "does not build: {}",
        line.unwrap_or("cargo failed")
    ))
}

/// An empty folder below `target`.
pub(crate) fn scratch(name: &str) -> Result<PathBuf, String> {
    let folder = program("").join("../compare-scratch").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}

/// The versions that everything is locked to.
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
