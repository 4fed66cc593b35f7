//! What a library costs before the program runs: clean builds, dependencies, 500 annotated
//! functions.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::options::Options;
use crate::peers::{program, root, scratch};
use crate::plan::{CLEAN, FUNCTIONS, SIZE};
use crate::results::Results;
use crate::run::Outcome;

/// A library alone, as a user depends on it.
const LIBRARIES: [(&str, &str); 6] = [
    (
        "ours",
        "copilot-track = { path = \"ROOT/../copilot-track\" }",
    ),
    ("segment", "segment = \"0.2.6\""),
    ("posthog-rs", "posthog-rs = \"0.30\""),
    (
        "rudderanalytics",
        // Its default needs OpenSSL's headers.
        "rudderanalytics = { version = \"2.0\", default-features = false, features = [\"rustls-tls\"] }",
    ),
    (
        "tracing",
        "tracing = \"0.1\"\ntracing-subscriber = { version = \"0.3\", features = [\"json\"] }\ntracing-appender = \"0.2\"",
    ),
    (
        "fastrace",
        "fastrace = { version = \"0.7\", features = [\"enable\"] }",
    ),
];

/// An attribute on 500 functions, and whose it is.
const ATTRIBUTES: [(&str, &str, &str); 5] = [
    ("none", "ours", ""),
    (
        "tracked_tool",
        "ours",
        "#[copilot_track::tracked_tool(type = \"Inventory Request\", action = \"check stock level\")]",
    ),
    ("tracked_reply", "ours", "#[copilot_track::tracked_reply]"),
    ("tracing", "tracing", "#[tracing::instrument(skip_all)]"),
    ("fastrace", "fastrace", "#[fastrace::trace]"),
];

const HANDLERS: usize = 500;

/// How often 500 functions are compiled again.
const ROUNDS: usize = 3;

pub(crate) fn measure(options: &Options, results: &mut Results) {
    if options.wants(CLEAN) {
        for (name, dependency) in LIBRARIES {
            if options.wants_subject(name) {
                eprintln!("{CLEAN} · {name}");
                results.add(CLEAN, name, clean_build(name, dependency));
            }
        }
    }
    if options.wants(SIZE) {
        let plain = stripped("peer-plain");
        for (name, package) in [
            ("ours", "peer-ours"),
            ("segment", "peer-segment"),
            ("posthog-rs", "peer-posthog"),
            ("rudderanalytics", "peer-rudder"),
            ("tracing", "peer-tracing"),
            ("fastrace", "peer-fastrace"),
        ] {
            let outcome = plain.clone().and_then(|plain| {
                let size = stripped(package)?;
                Ok(BTreeMap::from([
                    ("bytes".to_owned(), size),
                    ("beyond_plain".to_owned(), size - plain),
                ]))
            });
            results.add(SIZE, name, outcome);
        }
    }
    if options.wants(FUNCTIONS) {
        functions(options, results);
    }
}

fn dependency(library: &str) -> String {
    LIBRARIES
        .iter()
        .find(|(name, _)| *name == library)
        .map_or_else(String::new, |(_, text)| {
            text.replace("ROOT", &root().to_string_lossy())
        })
}

/// A package with the versions that the comparison is locked to.
fn package(name: &str, dependencies: &str, main: &str) -> Result<PathBuf, String> {
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

/// Runs cargo. Returns seconds by the clock, and of the processor.
fn cargo(folder: &Path, target: &Path, args: &[&str]) -> Result<(f64, f64), String> {
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
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().find(|line| line.starts_with("error"));
    Err(line.unwrap_or("cargo failed").to_owned())
}

/// User and system time of all processes that were waited for, in seconds.
fn children_cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, in parentheses, may have blanks.
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

fn clean_build(name: &str, dependency_text: &str) -> Outcome {
    let text = dependency_text.replace("ROOT", &root().to_string_lossy());
    let folder = package(&format!("clean-{name}"), &text, "fn main() {}\n")?;
    let target = folder.join("target");
    // What has to come from a registry comes before the clock starts.
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

/// How many crates are compiled for a package, itself apart.
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
        .ok_or_else(|| "cargo tree shows nothing".to_owned())
}

fn stripped(package: &str) -> Result<f64, String> {
    let file = scratch("stripped")?.join(package);
    let status = Command::new("strip")
        .arg("-o")
        .arg(&file)
        .arg(program(package))
        .status()
        .map_err(|error| format!("`strip` cannot be run: {error}"))?;
    if !status.success() {
        return Err("strip failed".to_owned());
    }
    let size = std::fs::metadata(&file).map_err(|error| error.to_string())?;
    Ok(size.len() as f64)
}

/// A program of 500 functions under one attribute, each of which is called.
fn handlers(attribute: &str, edit: usize) -> String {
    let mut text = String::new();
    for n in 0..HANDLERS {
        let edit = if n == 0 { edit } else { 0 };
        let _ = write!(
            text,
            "{attribute}\npub async fn handler_{n}(id: u64, name: &str) -> Result<String, std::num::ParseIntError> {{\n    \
             let number: u64 = name.parse()?;\n    \
             let text = std::future::ready(format!(\"{{name}} {{}}\", id + number + {edit})).await;\n    \
             Ok(text)\n}}\n"
        );
    }
    text.push_str(
        "fn drive<F: Future>(future: F) -> bool {\n    \
         let mut context = std::task::Context::from_waker(std::task::Waker::noop());\n    \
         std::pin::pin!(future).poll(&mut context).is_ready()\n}\nfn main() {\n",
    );
    for n in 0..HANDLERS {
        let _ = writeln!(text, "    assert!(drive(handler_{n}({n}, \"7\")));");
    }
    text.push_str("}\n");
    text
}

fn functions(options: &Options, results: &mut Results) {
    let target = program("").join("..");
    let mut folders = Vec::new();
    for (name, library, attribute) in ATTRIBUTES {
        if !options.wants_subject(name) && !options.wants_subject(library) {
            continue;
        }
        eprintln!("{FUNCTIONS} · {name}: what it stands on");
        let folder = package(
            &format!("functions-{name}").replace('_', "-"),
            &dependency(library),
            &handlers(attribute, 0),
        );
        // Everything below is built before.
        let ready = folder.and_then(|folder| {
            cargo(&folder, &target, &["check", "--quiet"])?;
            cargo(&folder, &target, &["build", "--release", "--quiet"])?;
            Ok(folder)
        });
        match ready {
            Ok(folder) => folders.push((name, attribute, folder)),
            Err(why) => results.add(FUNCTIONS, name, Err(why)),
        }
    }
    for round in 1..=ROUNDS {
        for (name, attribute, folder) in &folders {
            eprintln!("{round}/{ROUNDS} {FUNCTIONS} · {name}");
            let outcome = edit(folder, &target, &handlers(attribute, round));
            results.add(FUNCTIONS, name, outcome);
        }
    }
}

/// Compiles the functions again, one of which has changed.
fn edit(folder: &Path, target: &Path, text: &str) -> Outcome {
    std::fs::write(folder.join("src/main.rs"), text).map_err(|error| error.to_string())?;
    let (check, check_cpu) = cargo(folder, target, &["check", "--quiet"])?;
    let (release, release_cpu) = cargo(folder, target, &["build", "--release", "--quiet"])?;
    Ok(BTreeMap::from([
        ("check".to_owned(), check),
        ("check_cpu".to_owned(), check_cpu),
        ("release".to_owned(), release),
        ("release_cpu".to_owned(), release_cpu),
        (
            "lines".to_owned(),
            expanded(folder, target)? / HANDLERS as f64,
        ),
    ]))
}

/// Lines after expansion, without `main` and the prelude's.
fn expanded(folder: &Path, target: &Path) -> Result<f64, String> {
    let output = Command::new("cargo")
        .args([
            "rustc",
            "--quiet",
            "--profile",
            "check",
            "--",
            "-Zunpretty=expanded",
        ])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target.join("expanded"))
        // The option belongs to the compiler's unstable ones; this compiler's own switch allows it.
        // Under the switch cargo builds the dependencies anew, which must not count in the next round.
        .env("RUSTC_BOOTSTRAP", "1")
        .output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let lines = text
        .lines()
        .take_while(|line| !line.starts_with("fn drive"));
    let lines = lines
        .skip_while(|line| !line.contains("fn handler_0"))
        .count();
    if lines == 0 {
        return Err("the compiler shows no expansion".to_owned());
    }
    Ok(lines as f64)
}
