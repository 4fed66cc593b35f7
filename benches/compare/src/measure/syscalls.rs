//! Counts the system calls of the caller's thread with `strace`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::outcome::Outcome;
use crate::subjects::Subject;
use crate::workspace::{program, scratch};

const CALLS: u64 = 500;

/// Returns the number of system calls for each call of the instrumented function, at 1,000 calls
/// per second. The harness itself makes no system calls between these calls, because it waits by
/// reading the clock in a loop.
pub(crate) fn count(subject: Subject, url: &str) -> Outcome {
    let folder = scratch("strace")?;
    let status = Command::new("strace")
        .args(["-f", "-ff", "-qq", "-o"])
        .arg(folder.join("calls"))
        .arg(program(subject.package))
        .args(["idle", "--sleep", "0", "--variant", subject.variant])
        .args(["--url", url, "--calls", &CALLS.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(|error| {
            format!("cannot run `strace` ({error}); install the Debian package `strace`")
        })?;
    if !status.success() {
        return Err("the program failed under strace".to_owned());
    }
    let calls = caller(&folder)?;
    let made = calls
        .lines()
        .skip_while(|line| !line.contains("\"begin"))
        .take_while(|line| !line.contains("\"end"))
        .skip(1)
        .filter(|line| !line.contains("\"\\n\""))
        .count();
    Ok(BTreeMap::from([(
        "per_call".to_owned(),
        made as f64 / CALLS as f64,
    )]))
}

/// Returns the log of the thread that made the calls.
fn caller(folder: &Path) -> Result<String, String> {
    let files = std::fs::read_dir(folder).map_err(|error| error.to_string())?;
    files
        .flatten()
        .filter_map(|file| std::fs::read_to_string(file.path()).ok())
        .find(|log| log.contains("\"begin"))
        .ok_or_else(|| "strace recorded no thread that makes the calls".to_owned())
}
