//! Runs of cargo, and the compiler's messages.

use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel, DiagnosticSpan};
use cargo_metadata::{Message, Target};

use crate::options::{CrateSpec, Options};

/// How to build a package.
pub(crate) struct Build {
    folder: PathBuf,
    target: PathBuf,
    features: Vec<String>,
    /// The lints that clippy turns on. If there are none, the crate is compiled without clippy.
    lints: Vec<String>,
    suite: bool,
}

/// The result of a build.
pub(crate) struct Compiled {
    pub(crate) messages: Vec<CompilerMessage>,
    pub(crate) programs: Vec<TestProgram>,
}

/// A compiled test.
pub(crate) struct TestProgram {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

/// An error or a warning about the package.
#[derive(Clone)]
pub(crate) struct CompilerMessage {
    pub(crate) is_error: bool,
    /// The error code or the name of the lint.
    pub(crate) code: Option<String>,
    pub(crate) message: String,
    /// The messages of the notes.
    pub(crate) notes: Vec<String>,
    pub(crate) rendered: String,
    /// The lines that the message is about.
    pub(crate) primary: Vec<Line>,
    /// All lines that the message shows.
    pub(crate) lines: Vec<Line>,
}

/// A line of a file, whose path is relative to the package.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) path: PathBuf,
    pub(crate) number: usize,
}

impl Build {
    pub(crate) fn new(options: &Options, spec: &CrateSpec, folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            target: options.work.join("target"),
            features: spec.features.clone(),
            lints: options.lints.clone(),
            suite: options.suite,
        }
    }

    /// Checks the library, or builds the tests.
    pub(crate) fn compile(&self) -> Result<Compiled, String> {
        // `cargo build`, because `cargo test` stops at the first target with errors.
        let words: &[_] = if self.suite {
            &["build", "--keep-going", "--lib", "--tests"]
        } else if self.lints.is_empty() {
            &["check", "--keep-going", "--lib"]
        } else {
            &["clippy", "--keep-going", "--lib"]
        };
        let mut cargo = self.cargo(words);
        cargo.args(["--quiet", "--message-format", "json"]);
        if !self.lints.is_empty() {
            // If the crate denies a lint, an error would hide other warnings.
            cargo.args(["--", "--cap-lints", "warn"]);
            cargo.args(self.lints.iter().flat_map(|lint| ["-W", lint]));
        }
        let output = cargo.output().map_err(|why| format!("cargo: {why}"))?;
        let mut compiled = Compiled {
            messages: Vec::new(),
            programs: Vec::new(),
        };
        for message in Message::parse_stream(output.stdout.as_slice()) {
            match message.map_err(|why| why.to_string())? {
                Message::CompilerMessage(message)
                    if message.target.src_path.starts_with(&self.folder) =>
                {
                    compiled.add(CompilerMessage::new(&self.folder, message.message));
                }
                Message::CompilerArtifact(artifact) if artifact.profile.test => {
                    let program = artifact.executable.map(|path| TestProgram {
                        name: program_name(&artifact.target),
                        path: path.into(),
                    });
                    compiled.programs.extend(program);
                }
                _ => {}
            }
        }
        if !output.status.success() && compiled.errors().next().is_none() {
            return Err(format!(
                "cargo failed\n{}",
                String::from_utf8_lossy(&output.stderr)
            ));
        }
        Ok(compiled)
    }

    /// Returns the folder of the package.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns a cargo command for the package.
    pub(crate) fn cargo(&self, words: &[&str]) -> Command {
        let mut command = Command::new("cargo");
        command
            .args(words)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_INCREMENTAL", "0")
            // Old editions would select versions that this compiler does not support.
            .env("CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS", "fallback");
        if self.features.iter().any(|feature| feature == "*") {
            command.arg("--all-features");
        } else if !self.features.is_empty() {
            command.arg("--features").arg(self.features.join(","));
        }
        command
    }
}

/// Returns a name that differs between a library and a test with the same name.
fn program_name(target: &Target) -> String {
    let kinds: Vec<_> = target.kind.iter().map(ToString::to_string).collect();
    format!("{} {}", kinds.join("+"), target.name)
}

impl Compiled {
    /// Adds a message. The compiler reports a message for a library and for its unit tests.
    fn add(&mut self, message: Option<CompilerMessage>) {
        let Some(message) = message else { return };
        if !self.contains(&message) {
            self.messages.push(message);
        }
    }

    pub(crate) fn errors(&self) -> impl Iterator<Item = &CompilerMessage> {
        self.messages.iter().filter(|message| message.is_error)
    }

    /// Returns the warnings that the other build did not report.
    pub(crate) fn warnings_without(&self, other: &Self) -> Vec<CompilerMessage> {
        self.messages
            .iter()
            .filter(|message| !message.is_error && !other.contains(message))
            .cloned()
            .collect()
    }

    /// Returns whether the build reported `message`. The rest of the text can differ, and so can
    /// numbers, such as the length of a function.
    pub(crate) fn contains(&self, message: &CompilerMessage) -> bool {
        let same_text = |other: &CompilerMessage| {
            let without_digits = |text: &str| text.replace(|char: char| char.is_ascii_digit(), "");
            without_digits(&other.message) == without_digits(&message.message)
        };
        self.messages
            .iter()
            .any(|other| other.primary == message.primary && same_text(other))
    }
}

impl CompilerMessage {
    /// Converts an error or a warning. Returns `None` for other messages, and for a summary such as
    /// "aborting due to 2 previous errors".
    fn new(folder: &Path, diagnostic: Diagnostic) -> Option<Self> {
        let is_error = match diagnostic.level {
            DiagnosticLevel::Error | DiagnosticLevel::Ice => true,
            DiagnosticLevel::Warning => false,
            _ => return None,
        };
        if diagnostic.spans.is_empty() && diagnostic.code.is_none() {
            return None;
        }
        let primary = diagnostic.spans.iter().filter(|span| span.is_primary);
        let children = diagnostic.children.iter().flat_map(|child| &child.spans);
        Some(Self {
            is_error,
            primary: primary.filter_map(|span| line(folder, span)).collect(),
            lines: diagnostic
                .spans
                .iter()
                .chain(children)
                .filter_map(|span| line(folder, span))
                .collect(),
            notes: diagnostic
                .children
                .iter()
                .map(|child| child.message.clone())
                .collect(),
            code: diagnostic.code.map(|code| code.code),
            message: diagnostic.message,
            rendered: diagnostic.rendered.unwrap_or_default(),
        })
    }
}

/// Returns the line of the package at which a span starts. For a span in another crate, this is the
/// line of the macro call.
fn line(folder: &Path, span: &DiagnosticSpan) -> Option<Line> {
    let path = Path::new(&span.file_name);
    let path = path.strip_prefix(folder).unwrap_or(path);
    if path.is_relative() && folder.join(path).exists() {
        return Some(Line {
            path: path.to_owned(),
            number: span.line_start,
        });
    }
    line(folder, &span.expansion.as_ref()?.span)
}
