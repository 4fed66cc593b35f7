//! What was promised, and whether this run has it.

use std::fmt::Write as _;

use crate::results::{Results, number};
use crate::rows::*;
use crate::subjects::*;

/// One promise: what it is, the limit, what was measured. `None` where it was not measured.
struct Target {
    id: &'static str,
    what: String,
    limit: String,
    measured: Option<f64>,
    met: Option<bool>,
}

fn at_most(id: &'static str, what: &str, limit: f64, unit: &str, measured: Option<f64>) -> Target {
    Target {
        id,
        what: what.to_owned(),
        limit: format!("≤ {} {unit}", number(limit)),
        measured,
        met: measured.map(|measured| measured <= limit),
    }
}

fn at_least(id: &'static str, what: &str, limit: f64, unit: &str, measured: Option<f64>) -> Target {
    Target {
        id,
        what: what.to_owned(),
        limit: format!("≥ {} {unit}", number(limit)),
        measured,
        met: measured.map(|measured| measured >= limit),
    }
}

/// The limits in seconds, in parts of what tracing took where they were set: 1.12 s and 5.3 s.
const CHECK_BESIDE_TRACING: f64 = 0.36;
const RELEASE_BESIDE_TRACING: f64 = 0.38;

/// The queue's default bound.
const BOUND_MB: f64 = 64.0 * 1.048_576;

fn all(results: &Results) -> Vec<Target> {
    let get = |row: &str, subject: Subject, name: &str| {
        results.stat(row, subject, name).map(|stat| stat.median)
    };
    let named = |row: &str, subject: &str, name: &str| {
        results
            .stat_by_name(row, subject, name)
            .map(|stat| stat.median)
    };
    let ratio = |a: Option<f64>, b: Option<f64>| Some(a? / b?);
    let functions = |name: &str| {
        let of = |attribute| named(FUNCTIONS, attribute, name);
        ratio(of("tracked_tool"), of("tracing"))
    };
    let ours = |row: &str, name: &str| get(row, OURS, name);
    let inline = |row: &str, name: &str| get(row, INLINE, name);
    let mut list = vec![
        at_most(
            "1",
            "annotated call in scope, burst: mean",
            300.0,
            "ns",
            ours(BURST, "mean"),
        ),
        at_most(
            "1",
            "… beside segment inline",
            0.15,
            "×",
            ratio(ours(BURST, "mean"), inline(BURST, "mean")),
        ),
        at_most("2", "… p99", 600.0, "ns", ours(BURST, "p99")),
        at_most("2", "… p99.9", 1_500.0, "ns", ours(BURST, "p999")),
        at_most(
            "3",
            "1,000 calls a second: p50",
            500.0,
            "ns",
            ours(IDLE, "p50"),
        ),
        at_most("3", "… p99", 2_000.0, "ns", ours(IDLE, "p99")),
        at_most(
            "3",
            "… system calls a call",
            0.0,
            "",
            ours(SYSCALLS, "per_call"),
        ),
        at_most(
            "4",
            "allocations a call",
            1.0,
            "",
            ours(ALLOCATIONS, "allocations"),
        ),
    ];
    for subject in [OUT_OF_SCOPE, DISABLED] {
        let mean = get(BURST, subject, "mean");
        list.push(at_most("5", subject.name, 10.0, "ns", mean));
        list.push(at_most(
            "5",
            "… beside tracing without subscriber",
            1.0,
            "×",
            ratio(mean, get(BURST, TRACING_NONE, "mean")),
        ));
    }
    list.extend([
        at_most(
            "6",
            "2 threads beside 1: mean",
            1.2,
            "×",
            ratio(ours(THREADS, "mean"), ours(BURST, "mean")),
        ),
        at_least(
            "7",
            "events per second beside segment inline",
            5.0,
            "×",
            ratio(
                ours(THROUGHPUT, "events_per_second"),
                inline(THROUGHPUT, "events_per_second"),
            ),
        ),
        at_most(
            "8",
            "CPU per million events beside segment inline, plain",
            0.25,
            "×",
            ratio(
                ours(THROUGHPUT, "cpu_per_million"),
                inline(THROUGHPUT, "cpu_per_million"),
            ),
        ),
        at_most(
            "8",
            "… gzip, beside segment inline's plain",
            0.65,
            "×",
            ratio(
                ours(GZIP, "cpu_per_million"),
                inline(THROUGHPUT, "cpu_per_million"),
            ),
        ),
        at_most(
            "9",
            "peak memory, a million events in a burst",
            16.0 + BOUND_MB,
            "MB",
            ours(MEMORY_BURST, "peak_kib").map(|kib| kib * 1.024e-3),
        ),
        at_most(
            "9",
            "… lost and not counted",
            0.0,
            "events",
            ours(MEMORY_BURST, "uncounted"),
        ),
        at_most(
            "10",
            "server output after 100 ms: p99",
            600.0,
            "ns",
            ours(SLOW, "p99"),
        ),
        at_most("10", "… p99.9", 1_500.0, "ns", ours(SLOW, "p999")),
        at_least(
            "10",
            "… events per second",
            40_000.0,
            "",
            ours(THROUGHPUT_SLOW, "events_per_second"),
        ),
    ]);
    for calls in EXITS {
        list.push(at_least(
            "11",
            &format!("exit after {} events: delivered", number(calls as f64)),
            100.0,
            "%",
            get(&exit_row(calls), OURS, "share").map(|share| share * 100.0),
        ));
    }
    list.extend([
        at_most(
            "12",
            "flush with a deadline of 1 s, no answer",
            1.1,
            "s",
            ours(SHUTDOWN, "seconds"),
        ),
        at_most(
            "12",
            "… shutdown",
            1.1,
            "s",
            ours(SHUTDOWN, "shutdown_seconds"),
        ),
        at_most(
            "12",
            "… not reported",
            0.0,
            "events",
            ours(SHUTDOWN, "unreported"),
        ),
    ]);
    for (check_what, check, release_what, release) in [
        (
            "500 annotated functions: check",
            "library_check",
            "… release edit",
            "library",
        ),
        (
            "… in a program that polls each: check",
            "check",
            "… in a program that polls each: release edit",
            "release",
        ),
    ] {
        let tool = |name| named(FUNCTIONS, "tracked_tool", name);
        list.extend([
            at_most("13", check_what, 0.4, "s", tool(check)),
            at_most(
                "13",
                "… beside tracing",
                CHECK_BESIDE_TRACING,
                "×",
                functions(check),
            ),
            at_most("13", release_what, 2.0, "s", tool(release)),
            at_most(
                "13",
                "… beside tracing",
                RELEASE_BESIDE_TRACING,
                "×",
                functions(release),
            ),
        ]);
    }
    list.extend([
        at_most(
            "13",
            "… lines a function",
            25.0,
            "",
            named(FUNCTIONS, "tracked_tool", "lines"),
        ),
        at_most(
            "14",
            "crates",
            107.0,
            "",
            named(CLEAN, "copilot-track", "crates"),
        ),
        at_most(
            "14",
            "clean build beside `segment` alone, CPU",
            1.15,
            "×",
            ratio(
                named(CLEAN, "copilot-track", "cpu_seconds"),
                named(CLEAN, "segment", "cpu_seconds"),
            ),
        ),
    ]);
    list
}

pub(super) fn section(results: &Results) -> String {
    let mut text = String::from(
        "## Targets\n\nSet before it was built; judged by the program that measured. Limits in nanoseconds are for \
         a machine like this one, and ratios for any. `segment inline` is its README's use with the same \
         event as ours.\n\n| # | | target | measured | |\n| --- | --- | --- | --- | --- |\n",
    );
    for target in all(results) {
        let measured = target
            .measured
            .map_or_else(|| "not measured".to_owned(), number);
        let met = match target.met {
            Some(true) => "met",
            Some(false) => "**not met**",
            None => "**not known**",
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {measured} | {met} |",
            target.id,
            target.what,
            target.limit.trim_end()
        );
    }
    text.push('\n');
    text
}
