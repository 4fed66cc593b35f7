//! Runs a program with a time limit and reads the figures that it prints.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::outcome::Outcome;

/// Runs a program that prints `name value` lines, and returns its figures.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Outcome {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let finished = wait(&mut child, limit)?;
    let mut printed = String::new();
    if let Some(mut out) = child.stdout.take() {
        out.read_to_string(&mut printed)
            .map_err(|error| error.to_string())?;
    }
    let mut values: BTreeMap<String, f64> = printed
        .lines()
        .filter_map(|line| {
            let (name, value) = line.split_once(' ')?;
            Some((name.to_owned(), value.parse().ok()?))
        })
        .collect();
    match finished {
        None => Err(format!("no result after {:.0} s", limit.as_secs_f64())),
        Some((true, took)) => {
            values.insert("process_seconds".to_owned(), took.as_secs_f64());
            Ok(values)
        }
        Some((false, _)) => {
            let mut stderr = String::new();
            if let Some(mut err) = child.stderr.take() {
                let _ = err.read_to_string(&mut stderr);
            }
            let line = stderr.lines().rev().find(|line| !line.is_empty());
            Err(line.unwrap_or("the program failed").to_owned())
        }
    }
}

/// Waits for a process. Returns whether it succeeded and how long it took, or `None` if it was
/// killed at the time limit.
fn wait(child: &mut Child, limit: Duration) -> Result<Option<(bool, Duration)>, String> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return Ok(Some((status.success(), start.elapsed())));
        }
        if start.elapsed() > limit {
            let _ = child.kill();
            let _ = child.wait();
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}
