//! Measures the time to compile 500 annotated functions after one of them is edited.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::measure::compile::cargo::{cargo, package};
use crate::measure::compile::generated::{HANDLERS, handlers, program_with};
use crate::measure::compile::libraries::{ROUNDS, dependency};
use crate::measurement_names::FUNCTIONS;
use crate::options::Options;
use crate::outcome::Outcome;
use crate::results::Results;
use crate::workspace::program;

/// The attributes. Each entry has the attribute's name, library, and source text.
const ATTRIBUTES: [(&str, &str, &str); 6] = [
    ("none", "copilot-track", ""),
    (
        "tracked_tool",
        "copilot-track",
        "#[copilot_track::tracked_tool(type = \"Inventory Request\", action = \"check stock level\")]",
    ),
    (
        "tracked_reply",
        "copilot-track",
        "#[copilot_track::tracked_reply]",
    ),
    ("tracing", "tracing", "#[tracing::instrument]"),
    (
        "tracing_skip_all",
        "tracing",
        "#[tracing::instrument(skip_all)]",
    ),
    ("fastrace", "fastrace", "#[fastrace::trace]"),
];

/// The two packages for one attribute: a program and a library.
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
        std::fs::write(self.program.join("src/main.rs"), program_with(&handlers))
            .and_then(|()| std::fs::write(self.library.join("src/lib.rs"), handlers))
            .map_err(|error| error.to_string())
    }

    /// Edits one function and compiles both packages.
    fn edit(&self, target: &Path, edit: usize) -> Outcome {
        self.write(edit)?;
        let check = ["check", "--quiet"];
        let (library_check, library_check_cpu) = cargo(&self.library, target, &check)?;
        let (check, check_cpu) = cargo(&self.program, target, &check)?;
        let release = ["build", "--release", "--quiet"];
        let (program, program_cpu) = cargo(&self.program, target, &release)?;
        let (library, library_cpu) = cargo(&self.library, target, &release)?;
        let lines = expanded(&self.program, target)? / HANDLERS as f64;
        self.check_output(target)?;
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

    fn check_output(&self, target: &Path) -> Result<(), String> {
        let name = format!("functions-{}", self.name).replace('_', "-");
        let output = Command::new(target.join("release").join(name))
            .output()
            .map_err(|error| error.to_string())?;
        // Each function returns its argument.
        let sum = HANDLERS * "seven".len();
        let stdout = String::from_utf8_lossy(&output.stdout);
        if stdout.trim() == sum.to_string() {
            Ok(())
        } else {
            Err(format!("the program printed {stdout} instead of {sum}"))
        }
    }
}

pub(super) fn measure(options: &Options, results: &mut Results) {
    if !options.includes(FUNCTIONS) {
        return;
    }
    let target = program("").join("..");
    let mut ready = Vec::new();
    for (name, library, attribute) in ATTRIBUTES {
        if !options.includes_subject(name) && !options.includes_subject(library) {
            continue;
        }
        eprintln!("{FUNCTIONS} · {name}: dependencies");
        // Builds the dependencies before the measurements start.
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

/// Returns the total number of lines that the functions have after macro expansion.
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
        // Allows the unstable option `-Zunpretty` with a stable compiler. Cargo rebuilds the
        // dependencies when this variable changes, so this build uses a separate target folder and
        // does not affect the next round.
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
        return Err("the compiler printed no expansion".to_owned());
    }
    Ok(lines as f64)
}
