//! Compares the instruction count of each row with `baseline.txt`. With `--accept`, writes the new
//! counts to that file instead.
//!
//! A run of a row has several sections. The row's count is the median over its sections, divided by
//! the number of calls in a section.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// The rows, each with the number of calls in one of its sections. The numbers are small, so most
/// sections end before a timer of the delivery thread fires, even under callgrind.
const ROWS: [(&str, u64); 11] = [
    ("reference", 100),
    ("out-of-scope", 1_000),
    ("disabled", 1_000),
    ("tool", 100),
    ("tool-with-store", 100),
    ("reply", 100),
    ("reply-opened", 100),
    ("reply-with-store", 100),
    ("stream-item", 1_000),
    ("scope-poll", 1_000),
    ("worker", 200),
];

/// The tolerance with the baseline's toolchain. On a busy machine, four runs of the same program
/// differed by at most 1.4%.
const TOLERANCE: f64 = 0.03;
/// The tolerance of the `worker` row with the baseline's toolchain. This row counts the
/// instructions of all threads. The count includes wakeups by timers, which depend on the speed of
/// the machine. On two machines, the counts of the same program differed by 4%.
const WORKER_TOLERANCE: f64 = 0.08;
/// The tolerance with another toolchain. Counts are then compared as multiples of the reference
/// row. The tolerance is higher, because a new compiler may affect the reference row differently.
const TOLERANCE_ELSEWHERE: f64 = 0.20;
/// The number of additional instructions that is always tolerated. In a row with a low count, even
/// a few additional instructions would exceed the relative tolerance.
const SLACK: f64 = 2.0;

/// The rows with a store, each with the row of the same call without a store, and the highest ratio
/// of the first to the second in the same run.
///
/// A tool call uses nothing that is shared with the store. A reply is added to the next update of
/// its conversation, which is about 5% of the reply. Its ratio also depends on the allocator, which
/// works more because another thread frees the update.
const STORE_ROWS: [(&str, &str, f64); 2] = [
    ("tool-with-store", "tool", 1.05),
    ("reply-with-store", "reply-opened", 1.07),
];

fn main() -> ExitCode {
    let accept = match std::env::args().nth(1).as_deref() {
        None => false,
        Some("--accept") => true,
        Some(other) => {
            eprintln!("unknown option `{other}`: expected `--accept` or nothing");
            return ExitCode::from(2);
        }
    };
    match gate(accept) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn gate(accept: bool) -> Result<bool, String> {
    let toolchain = format!("{}; {}", version("rustc")?, version("valgrind")?);
    let mut counts = BTreeMap::new();
    for (row, calls) in ROWS {
        let count = count(row, calls)? / calls as f64;
        println!("{row:<14} {count:>10.1} instructions per call");
        counts.insert(row.to_owned(), count);
    }
    if accept {
        std::fs::write(baseline_file(), render(&toolchain, &counts))
            .map_err(|error| format!("{}: {error}", baseline_file().display()))?;
        println!("wrote {}", baseline_file().display());
        return Ok(compare_store(&counts));
    }
    let (known, baseline) = read()?;
    let same = known == toolchain;
    let good = compare(&counts, &baseline, same, &known, &toolchain);
    Ok(compare_store(&counts) && good)
}

/// Prints the comparison with the baseline. Returns `false` if a row is worse, missing, or new.
fn compare(
    counts: &BTreeMap<String, f64>,
    baseline: &BTreeMap<String, f64>,
    same: bool,
    known: &str,
    toolchain: &str,
) -> bool {
    let reference = |of: &BTreeMap<String, f64>| of.get("reference").copied().unwrap_or(1.0);
    let (scale, tolerance) = if same {
        (1.0, TOLERANCE)
    } else {
        println!(
            "\nThe baseline was counted with {known}, but the toolchain here is {toolchain}. Counts are \
             therefore compared as multiples of the reference row, with a tolerance of {:.0}%.",
            TOLERANCE_ELSEWHERE * 100.0
        );
        (reference(counts) / reference(baseline), TOLERANCE_ELSEWHERE)
    };
    println!();
    let mut good = true;
    for (row, count) in counts.iter().filter(|(row, _)| *row != "reference" || same) {
        let Some(expected) = baseline.get(row).map(|expected| expected * scale) else {
            println!("{row}: not in the baseline");
            good = false;
            continue;
        };
        let change = count / expected - 1.0;
        let line = format!(
            "{row}: {count:.1} instructions per call, {expected:.1} expected ({:+.1}%)",
            change * 100.0
        );
        let tolerance = match row.as_str() {
            "worker" => tolerance.max(WORKER_TOLERANCE),
            _ => tolerance,
        };
        if *count > expected * (1.0 + tolerance) + SLACK {
            println!("WORSE   {line}");
            good = false;
        } else if *count < expected * (1.0 - tolerance) - SLACK {
            println!("better  {line}");
        } else {
            println!("same    {line}");
        }
    }
    for row in baseline.keys().filter(|row| !counts.contains_key(*row)) {
        println!("{row}: in the baseline, but not measured");
        good = false;
    }
    if good {
        println!("\nNo row is worse. `benches/gate --accept` writes a new baseline.");
    } else {
        println!(
            "\nIf the change is worth the cost, run `benches/gate --accept`, commit the new baseline, and \
             state the reason in the commit message."
        );
    }
    good
}

/// Prints the cost of calls with a store, relative to the same calls without a store. Returns
/// `false` if a ratio is above the limit, whatever the baseline contains.
fn compare_store(counts: &BTreeMap<String, f64>) -> bool {
    let count = |row: &str| counts.get(row).copied().unwrap_or(f64::NAN);
    println!();
    let mut good = true;
    for (with_store, without, limit) in STORE_ROWS {
        let ratio = count(with_store) / count(without);
        let is_good = ratio <= limit;
        let verdict = if is_good { "within" } else { "ABOVE" };
        println!("{with_store} is {ratio:.3} x {without}: {verdict} the limit of {limit:.2} x");
        good &= is_good;
    }
    good
}

/// Returns the instruction count of one section.
fn count(row: &str, calls: u64) -> Result<f64, String> {
    let driver = sibling("instructions")?;
    let folder = std::env::temp_dir().join(format!("instructions-{}-{row}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let is_worker = row == "worker";
    let mut command = Command::new("valgrind");
    command.arg("--tool=callgrind").arg(format!(
        "--callgrind-out-file={}",
        folder.join("out").display()
    ));
    // These options use the full names of functions, because callgrind confuses patterns if there
    // are several.
    command.arg("--dump-before=instructions::section_ends");
    command.arg(if is_worker {
        "--dump-before=instructions::section_begins"
    } else {
        "--toggle-collect=instructions::measured"
    });
    let output = command
        .arg(driver)
        .args([row, &calls.to_string()])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| {
            format!("cannot run `valgrind` ({error}); install the Debian package `valgrind`")
        })?;
    let counted = if output.status.success() {
        median_section(&folder, is_worker)
    } else {
        Err(format!(
            "{row}: {}",
            String::from_utf8_lossy(&output.stderr)
        ))
    };
    let _ = std::fs::remove_dir_all(&folder);
    let counted = counted?;
    if counted == 0.0 {
        return Err(format!(
            "{row}: callgrind counted nothing; check that `measured` is not inlined"
        ));
    }
    Ok(counted)
}

/// Returns the median of the counts that callgrind wrote for the sections. With `halves`, callgrind
/// wrote two counts per section, and only the second one is used.
fn median_section(folder: &Path, halves: bool) -> Result<f64, String> {
    let files = std::fs::read_dir(folder).map_err(|error| error.to_string())?;
    let mut sections = BTreeMap::new();
    for file in files.flatten() {
        // Callgrind writes `out.NUMBER` in each section, and `out` when the program ends.
        let name = file.file_name();
        let name = name.to_string_lossy();
        let Some(Ok(number)) = name.strip_prefix("out.").map(str::parse::<u64>) else {
            continue;
        };
        let text = std::fs::read_to_string(file.path()).map_err(|error| error.to_string())?;
        let total = text
            .lines()
            .find_map(|line| line.strip_prefix("totals: ")?.trim().parse::<f64>().ok());
        if !halves || number % 2 == 0 {
            sections.insert(number, total.unwrap_or(0.0));
        }
    }
    // The first sections are skipped, because they do one-time work for each shard of the queue.
    let mut counts: Vec<f64> = sections.into_values().skip(10).collect();
    counts.sort_by(f64::total_cmp);
    counts
        .get(counts.len() / 2)
        .copied()
        .ok_or_else(|| "callgrind wrote no counts".to_owned())
}

fn sibling(name: &str) -> Result<PathBuf, String> {
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    Ok(here.with_file_name(name))
}

/// Returns the version that a program prints.
fn version(program: &str) -> Result<String, String> {
    let output = Command::new(program)
        .arg("--version")
        .output()
        .map_err(|error| format!("cannot run `{program}` ({error})"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn baseline_file() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/baseline.txt"))
}

fn render(toolchain: &str, counts: &BTreeMap<String, f64>) -> String {
    let mut text = format!(
        "# Instructions per call, counted by callgrind. Written by `benches/gate --accept`.\ntoolchain {toolchain}\n"
    );
    for (row, count) in counts {
        let _ = writeln!(text, "{row} {count:.1}");
    }
    text
}

fn read() -> Result<(String, BTreeMap<String, f64>), String> {
    let text = std::fs::read_to_string(baseline_file())
        .map_err(|error| format!("{}: {error}", baseline_file().display()))?;
    let mut toolchain = String::new();
    let mut counts = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        match line.split_once(' ') {
            Some(("toolchain", rest)) => rest.clone_into(&mut toolchain),
            Some((row, count)) => {
                let count = count
                    .parse()
                    .map_err(|_| format!("invalid line `{line}` in the baseline"))?;
                counts.insert(row.to_owned(), count);
            }
            None => {}
        }
    }
    Ok((toolchain, counts))
}
