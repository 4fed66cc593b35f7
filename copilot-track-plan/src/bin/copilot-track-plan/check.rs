//! The `check` command.

use std::collections::HashSet;
use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write as _};
use std::path::Path;

use copilot_track_plan::{Checker, Finding, Plan};
use serde_json::Value;

use crate::options::CheckOptions;
use crate::outcome::{Found, Outcome};
use crate::output::{FileError, counted, write};
use crate::{junit, sarif};

/// The length of the longest line in bytes. A call has at most 32 KiB, and a batch 500 KiB.
const MAX_LINE: usize = 4 << 20;
/// The largest number of findings that are printed and kept for the reports.
const MAX_FINDINGS: usize = 10_000;

/// Checks the events. Returns whether there are no findings.
pub(crate) fn run(options: &CheckOptions) -> Result<bool, Box<dyn Error>> {
    let plan = Plan::read(&options.plan)?;
    let mut check = Check {
        checker: Checker::new(&plan),
        accepted: accepted(options.accept.as_deref())?,
        outcome: Outcome::default(),
    };
    for file in &options.files {
        let name = file.display().to_string();
        let unreadable = |error| FileError::reading(file, error);
        if name == "-" {
            check
                .lines("stdin", io::stdin().lock())
                .map_err(unreadable)?;
        } else {
            let reader = BufReader::new(File::open(file).map_err(unreadable)?);
            check.lines(&name, reader).map_err(unreadable)?;
        }
    }
    let outcome = check.outcome;
    print(&outcome)?;
    if let Some(file) = &options.junit {
        write(Some(file), &junit::report(&outcome))?;
    }
    if let Some(file) = &options.sarif {
        write(Some(file), &sarif::report(&outcome))?;
    }
    Ok(outcome.finding_count == 0)
}

/// Reads the keys of accepted findings. Empty lines and lines that start with `#` are skipped.
fn accepted(file: Option<&Path>) -> Result<HashSet<String>, FileError> {
    let Some(file) = file else {
        return Ok(HashSet::new());
    };
    let text = fs::read_to_string(file).map_err(|error| FileError::reading(file, error))?;
    let lines = text.lines().map(str::trim);
    Ok(lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect())
}

fn print(outcome: &Outcome) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for Found {
        file,
        line,
        finding,
    } in &outcome.found
    {
        writeln!(out, "{file}:{line}: {finding} [{}]", finding.key())?;
    }
    let more = outcome.finding_count - outcome.found.len();
    if more > 0 {
        writeln!(out, "and {more} more findings")?;
    }
    let Outcome {
        finding_count,
        accepted_count,
        call_count,
        ..
    } = outcome;
    let accepted = if *accepted_count > 0 {
        format!(", {}", counted(*accepted_count, "accepted finding"))
    } else {
        String::new()
    };
    let (calls, findings) = (
        counted(*call_count, "call"),
        counted(*finding_count, "finding"),
    );
    writeln!(out, "{calls}, {findings}{accepted}")
}

struct Check {
    checker: Checker,
    accepted: HashSet<String>,
    outcome: Outcome,
}

impl Check {
    fn lines(&mut self, file: &str, mut reader: impl BufRead) -> io::Result<()> {
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            // A longer line is not a call; reading all of it could use all memory.
            let limit = MAX_LINE as u64 + 1;
            let length = io::Read::take(&mut reader, limit).read_until(b'\n', &mut line)?;
            if length == 0 {
                break;
            }
            if length > MAX_LINE {
                let message = format!("line {number} is longer than {MAX_LINE} bytes");
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
            let line = line.trim_ascii();
            if line.is_empty() {
                continue;
            }
            match serde_json::from_slice(line) {
                Ok(call) => self.call(file, number, &call),
                Err(error) => {
                    // The checker says what a call is.
                    self.outcome.call_count += 1;
                    let mut findings = self.checker.check(&Value::Null);
                    for finding in &mut findings {
                        finding.message = format!("the line is not JSON: {error}");
                    }
                    self.add(file, number, findings);
                }
            }
        }
        Ok(())
    }

    /// Checks a call, the calls of a batch, or an event that the inspector exported.
    fn call(&mut self, file: &str, line: usize, call: &Value) {
        if let Some(Value::Array(calls)) = call.get("batch") {
            for call in calls {
                self.call(file, line, call);
            }
            return;
        }
        let call = match call.get("raw") {
            Some(raw @ Value::Object(_)) if call.get("receivedAt").is_some() => raw,
            _ => call,
        };
        self.outcome.call_count += 1;
        let findings = self.checker.check(call);
        self.add(file, line, findings);
    }

    fn add(&mut self, file: &str, line: usize, findings: Vec<Finding>) {
        for finding in findings {
            if !self.accepted.is_empty() && self.accepted.contains(&finding.key()) {
                self.outcome.accepted_count += 1;
                continue;
            }
            self.outcome.finding_count += 1;
            if self.outcome.found.len() < MAX_FINDINGS {
                self.outcome.found.push(Found {
                    file: file.to_owned(),
                    line,
                    finding,
                });
            }
        }
    }
}
