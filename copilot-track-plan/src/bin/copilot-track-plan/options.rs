//! Command-line options.

use std::error::Error;
use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::*;

pub(crate) const HELP: &str = "\
Works with tracking plans: exports, checks, compares, and generates them.

Usage: copilot-track-plan export [PLAN] [--format FORMAT] [--output FILE]
       copilot-track-plan check FILE.jsonl... [--plan PLAN] [--junit FILE] [--sarif FILE] [--accept FILE]
       copilot-track-plan diff OLD NEW
       copilot-track-plan rust [PLAN] [--schemars] [--output FILE]
       copilot-track-plan scan DIR... [--format FORMAT] [--output FILE]

PLAN is a JSON file with the rules of Segment's Public API, a plan.json of Typewriter, or a plan in
the older shape of the Config API. Without PLAN, the file is tracking-plan.json.

Commands:
  export    Write a plan in another format
  check     Check events, one call of the tracking API per line, against a plan; `-` is stdin
  diff      List the changes between two plans, and which of them break a warehouse
  rust      Generate #[derive(TrackEvent)] structs from a plan
  scan      Find the events in Rust sources, and write their plan

Options:
  --format FORMAT    rules: rules of the Public API [default]; updates: the same, in several files
                     with at most 200 rules each; typewriter: plan.json; markdown
  --output FILE      Write to FILE instead of to stdout; for updates, FILE is the name of the files
                     without their numbers
  --plan PLAN        The plan of `check` [default: tracking-plan.json]
  --junit FILE       Write the findings as a JUnit report
  --sarif FILE       Write the findings as a SARIF report
  --accept FILE      Accept the findings whose keys are in FILE, one per line; `check` prints the keys
                     in brackets
  --schemars         Derive schemars::JsonSchema instead of Deserialize for nested types
  -h, --help         Print help
  -V, --version      Print the version

Exit codes:
  0    Success; no findings, no breaking changes
  1    `check` has findings, or `diff` has breaking changes
  2    The arguments, a plan, or a file are invalid";

/// The plan file that is used if none is named.
const DEFAULT_PLAN: &str = "tracking-plan.json";

/// A parsed command line.
#[derive(Debug)]
pub(crate) enum Command {
    Export(ExportOptions),
    Check(CheckOptions),
    Diff(DiffOptions),
    Rust(RustOptions),
    Scan(ScanOptions),
    Help,
    Version,
}

/// The format of an exported plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Format {
    #[default]
    Rules,
    Updates,
    Typewriter,
    Markdown,
}

impl Format {
    fn parse(name: &str) -> Result<Self, String> {
        match name {
            "rules" => Ok(Self::Rules),
            "updates" => Ok(Self::Updates),
            "typewriter" => Ok(Self::Typewriter),
            "markdown" => Ok(Self::Markdown),
            _ => Err(format!(
                "invalid format `{name}`: expected `rules`, `updates`, `typewriter`, or `markdown`"
            )),
        }
    }
}

#[derive(Debug)]
pub(crate) struct ExportOptions {
    pub(crate) plan: PathBuf,
    pub(crate) format: Format,
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug)]
pub(crate) struct CheckOptions {
    pub(crate) plan: PathBuf,
    pub(crate) files: Vec<PathBuf>,
    pub(crate) junit: Option<PathBuf>,
    pub(crate) sarif: Option<PathBuf>,
    pub(crate) accept: Option<PathBuf>,
}

#[derive(Debug)]
pub(crate) struct DiffOptions {
    pub(crate) old: PathBuf,
    pub(crate) new: PathBuf,
}

#[derive(Debug)]
pub(crate) struct RustOptions {
    pub(crate) plan: PathBuf,
    pub(crate) schemars: bool,
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug)]
pub(crate) struct ScanOptions {
    pub(crate) folders: Vec<PathBuf>,
    pub(crate) format: Format,
    pub(crate) output: Option<PathBuf>,
}

/// All options of all commands. A command takes those that it accepts.
#[derive(Default)]
struct Options {
    values: Vec<PathBuf>,
    format: Option<Format>,
    output: Option<PathBuf>,
    plan: Option<PathBuf>,
    junit: Option<PathBuf>,
    sarif: Option<PathBuf>,
    accept: Option<PathBuf>,
    schemars: bool,
}

pub(crate) fn parse(
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Command, Box<dyn Error>> {
    let mut parser = lexopt::Parser::from_args(arguments);
    let name = match parser.next()? {
        Some(Value(name)) => name.string()?,
        Some(Short('h') | Long("help")) => return Ok(Command::Help),
        Some(Short('V') | Long("version")) => return Ok(Command::Version),
        Some(other) => return Err(other.unexpected().into()),
        None => return Err("expected a command: export, check, diff, rust, or scan".into()),
    };
    let accepted: &[&str] = match name.as_str() {
        "export" | "scan" => &["format", "output"],
        "check" => &["plan", "junit", "sarif", "accept"],
        "diff" => &[],
        "rust" => &["output", "schemars"],
        "help" => return Ok(Command::Help),
        _ => {
            return Err(format!(
                "unknown command `{name}`: expected export, check, diff, rust, or scan"
            )
            .into());
        }
    };
    let mut options = Options::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Value(value) => options.values.push(value.into()),
            Long(option) if accepted.contains(&option) => {
                let option = option.to_owned();
                options.set(&option, &mut parser)?;
            }
            other => return Err(other.unexpected().into()),
        }
    }
    options.command(&name)
}

impl Options {
    fn set(&mut self, option: &str, parser: &mut lexopt::Parser) -> Result<(), Box<dyn Error>> {
        match option {
            "format" => self.format = Some(Format::parse(&parser.value()?.string()?)?),
            "output" => self.output = Some(parser.value()?.into()),
            "plan" => self.plan = Some(parser.value()?.into()),
            "junit" => self.junit = Some(parser.value()?.into()),
            "sarif" => self.sarif = Some(parser.value()?.into()),
            "accept" => self.accept = Some(parser.value()?.into()),
            _ => self.schemars = true,
        }
        Ok(())
    }

    fn command(self, name: &str) -> Result<Command, Box<dyn Error>> {
        let format = self.format.unwrap_or_default();
        match name {
            "check" => {
                if self.values.is_empty() {
                    return Err(
                        "expected a file with one event per line: `check events.jsonl`".into(),
                    );
                }
                Ok(Command::Check(CheckOptions {
                    plan: self.plan.unwrap_or_else(|| DEFAULT_PLAN.into()),
                    files: self.values,
                    junit: self.junit,
                    sarif: self.sarif,
                    accept: self.accept,
                }))
            }
            "diff" => match <[PathBuf; 2]>::try_from(self.values) {
                Ok([old, new]) => Ok(Command::Diff(DiffOptions { old, new })),
                Err(_) => Err("expected two plans: `diff OLD NEW`".into()),
            },
            "scan" => {
                if self.values.is_empty() {
                    return Err("expected a folder with Rust sources: `scan src`".into());
                }
                Ok(Command::Scan(ScanOptions {
                    folders: self.values,
                    format,
                    output: self.output,
                }))
            }
            _ => {
                let mut values = self.values.into_iter();
                let plan = values.next().unwrap_or_else(|| DEFAULT_PLAN.into());
                if let Some(other) = values.next() {
                    return Err(format!(
                        "unexpected argument `{}`: expected one plan",
                        other.display()
                    )
                    .into());
                }
                Ok(match name {
                    "export" => Command::Export(ExportOptions {
                        plan,
                        format,
                        output: self.output,
                    }),
                    _ => Command::Rust(RustOptions {
                        plan,
                        schemars: self.schemars,
                        output: self.output,
                    }),
                })
            }
        }
    }
}
