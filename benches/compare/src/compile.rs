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
const ATTRIBUTES: [(&str, &str, &str); 6] = [
    ("none", "ours", ""),
    (
        "tracked_tool",
        "ours",
        "#[copilot_track::tracked_tool(type = \"Inventory Request\", action = \"check stock level\")]",
    ),
    ("tracked_reply", "ours", "#[copilot_track::tracked_reply]"),
    ("tracing", "tracing", "#[tracing::instrument]"),
    (
        "tracing_skip_all",
        "tracing",
        "#[tracing::instrument(skip_all)]",
    ),
    ("fastrace", "fastrace", "#[fastrace::trace]"),
];

const HANDLERS: usize = 500;

/// How often what has a target is compiled again.
const ROUNDS: usize = 3;

pub(crate) fn measure(options: &Options, results: &mut Results) {
    if options.wants(CLEAN) {
        for round in 0..ROUNDS {
            // There is a target for the two beside each other, and one build proves none.
            let again = |name: &str| round == 0 || matches!(name, "ours" | "segment");
            for (name, dependency) in LIBRARIES {
                if options.wants_subject(name) && again(name) {
                    eprintln!("{CLEAN} · {name}");
                    results.add(CLEAN, name, clean_build(name, dependency));
                }
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
    let mut text = dependency_text.replace("ROOT", &root().to_string_lossy());
    // Cargo never compiles incrementally what comes from a registry, as ours does to its users.
    text.push_str("\n\n[profile.dev]\nincremental = false");
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

/// 500 small functions under one attribute, one of which is edited.
fn handlers(attribute: &str, edit: usize) -> String {
    let mut text = String::from("#[derive(Debug)]\npub struct Refused;\n");
    for n in 0..HANDLERS {
        // No two are the same to the compiler, or it would keep one of them; and an edit does not
        // move what is behind it, as the places of macros' output are part of what an incremental
        // build compares.
        let number = if n == 0 { edit * HANDLERS } else { n };
        let _ = write!(
            text,
            "{attribute}\npub async fn handler_{n}(id: u64, name: &str) -> Result<String, Refused> {{\n    \
             let number = std::future::ready(id + {number:06}).await;\n    \
             let text = String::from(name);\n    \
             if number == 0 {{ Err(Refused) }} else {{ Ok(text) }}\n}}\n"
        );
    }
    text
}

/// A program of them that polls each, from a table of functions: what a future does is compiled
/// where it is polled, and would not be at all otherwise. Its output tells that each was.
fn program_of(handlers: &str) -> String {
    let mut text = format!(
        "{handlers}fn drive<F: Future<Output = Result<String, Refused>>>(future: F) -> usize {{\n    \
         let mut context = std::task::Context::from_waker(std::task::Waker::noop());\n    \
         match std::pin::pin!(future).poll(&mut context) {{\n        \
         std::task::Poll::Ready(Ok(text)) => text.len(),\n        _ => 0,\n    }}\n}}\n\
         static TABLE: [fn(u64) -> usize; {HANDLERS}] = [\n"
    );
    for n in 0..HANDLERS {
        let _ = writeln!(text, "    |id| drive(handler_{n}(id, \"seven\")),");
    }
    text.push_str(
        "];\nfn main() {\n    \
         println!(\"{}\", TABLE.iter().map(|handler| handler(1)).sum::<usize>());\n}\n",
    );
    text
}

/// One attribute's two packages.
struct Functions {
    name: &'static str,
    attribute: &'static str,
    program: PathBuf,
    library: PathBuf,
}

impl Functions {
    fn new(name: &'static str, library: &str, attribute: &'static str) -> Result<Self, String> {
        let dependency = dependency(library);
        let package = |kind: &str| {
            let name = format!("functions-{name}{kind}").replace('_', "-");
            package(&name, &dependency, "")
        };
        let this = Self {
            name,
            attribute,
            program: package("")?,
            library: package("-library")?,
        };
        std::fs::remove_file(this.library.join("src/main.rs")).map_err(|why| why.to_string())?;
        Ok(this)
    }

    fn write(&self, edit: usize) -> Result<(), String> {
        let handlers = handlers(self.attribute, edit);
        std::fs::write(self.program.join("src/main.rs"), program_of(&handlers))
            .and_then(|()| std::fs::write(self.library.join("src/lib.rs"), handlers))
            .map_err(|error| error.to_string())
    }

    /// Compiles the functions again, one of which has changed.
    fn edit(&self, target: &Path, edit: usize) -> Outcome {
        self.write(edit)?;
        let check = ["check", "--quiet"];
        let (library_check, library_check_cpu) = cargo(&self.library, target, &check)?;
        let (check, check_cpu) = cargo(&self.program, target, &check)?;
        let release = ["build", "--release", "--quiet"];
        let (program, program_cpu) = cargo(&self.program, target, &release)?;
        let (library, library_cpu) = cargo(&self.library, target, &release)?;
        let lines = expanded(&self.program, target)? / HANDLERS as f64;
        self.look_whether_all_ran(target)?;
        Ok(BTreeMap::from([
            ("check".to_owned(), check),
            ("check_cpu".to_owned(), check_cpu),
            ("release".to_owned(), program),
            ("release_cpu".to_owned(), program_cpu),
            ("library_check".to_owned(), library_check),
            ("library_check_cpu".to_owned(), library_check_cpu),
            ("library".to_owned(), library),
            ("library_cpu".to_owned(), library_cpu),
            ("lines".to_owned(), lines),
        ]))
    }

    fn look_whether_all_ran(&self, target: &Path) -> Result<(), String> {
        let name = format!("functions-{}", self.name).replace('_', "-");
        let output = Command::new(target.join("release").join(name))
            .output()
            .map_err(|error| error.to_string())?;
        // Each gives back the word.
        let sum = HANDLERS * "seven".len();
        let said = String::from_utf8_lossy(&output.stdout);
        if said.trim() == sum.to_string() {
            Ok(())
        } else {
            Err(format!("the functions make {said} instead of {sum}"))
        }
    }
}

fn functions(options: &Options, results: &mut Results) {
    let target = program("").join("..");
    let mut ready = Vec::new();
    for (name, library, attribute) in ATTRIBUTES {
        if !options.wants_subject(name) && !options.wants_subject(library) {
            continue;
        }
        eprintln!("{FUNCTIONS} · {name}: what it stands on");
        // Everything below is built before.
        let functions = Functions::new(name, library, attribute).and_then(|functions| {
            functions.edit(&target, 0)?;
            Ok(functions)
        });
        match functions {
            Ok(functions) => ready.push(functions),
            Err(why) => results.add(FUNCTIONS, name, Err(why)),
        }
    }
    for round in 1..=ROUNDS {
        for functions in &ready {
            eprintln!("{round}/{ROUNDS} {FUNCTIONS} · {}", functions.name);
            results.add(FUNCTIONS, functions.name, functions.edit(&target, round));
        }
    }
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
        // Under the switch cargo builds the dependencies anew, which must not count in the next
        // round.
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
