//! The targets, and whether this run met them.

use std::fmt::Write as _;

use crate::measurement_names::*;
use crate::results::{Results, number};
use crate::subjects::*;

/// A target and, if it was measured, its figure.
struct Target {
    id: &'static str,
    name: String,
    limit: String,
    measured: Option<f64>,
    met: Option<bool>,
    /// The reason why the target was given up, if it was.
    given_up: Option<&'static str>,
}

impl Target {
    /// Marks the target as given up. The page shows it with the reason.
    fn given_up(self, reason: &'static str) -> Self {
        Self {
            given_up: Some(reason),
            ..self
        }
    }
}

fn at_most(id: &'static str, name: &str, limit: f64, unit: &str, measured: Option<f64>) -> Target {
    Target {
        id,
        name: name.to_owned(),
        limit: format!("≤ {} {unit}", number(limit)),
        measured,
        met: measured.map(|measured| measured <= limit),
        given_up: None,
    }
}

fn at_least(id: &'static str, name: &str, limit: f64, unit: &str, measured: Option<f64>) -> Target {
    Target {
        id,
        name: name.to_owned(),
        limit: format!("≥ {} {unit}", number(limit)),
        measured,
        met: measured.map(|measured| measured >= limit),
        given_up: None,
    }
}

/// The limits of 0.4 s and 2.0 s, divided by tracing's times when the limits were set: 1.12 s and
/// 5.3 s.
const CHECK_VS_TRACING: f64 = 0.36;
const RELEASE_VS_TRACING: f64 = 0.38;

/// The limits for replies. They are the highest figures in the run of 2026-11-25.
const REPLY_MEAN: f64 = 410.0;
const REPLY_P99: f64 = 690.0;
const REPLY_VS_SEGMENT: f64 = 0.2;
const REPLY_ALLOCATIONS: f64 = 3.0;

/// The reason why calls may be slower while events wait for a slow server.
const FRESH_MEMORY: &str = "the queue no longer prepares memory for waiting events";

/// The reason why calls on two threads may slow each other down.
const SHARED_COUNTERS: &str = "threads share the counters of the ledger and of the queue, because \
     separate counters for each thread would save less than 100 ns per call";

/// The default size of the queue, in MB.
const QUEUE_MB: f64 = 64.0 * 1.048_576;

fn all(results: &Results) -> Vec<Target> {
    let get = |measurement: &str, subject: Subject, name: &str| {
        results
            .stat(measurement, subject, name)
            .map(|stat| stat.median)
    };
    let named = |measurement: &str, subject: &str, name: &str| {
        results
            .stat_by_name(measurement, subject, name)
            .map(|stat| stat.median)
    };
    let ratio = |a: Option<f64>, b: Option<f64>| Some(a? / b?);
    let functions = |name: &str| {
        let of = |attribute| named(FUNCTIONS, attribute, name);
        ratio(of("tracked_tool"), of("tracing"))
    };
    let ours = |measurement: &str, name: &str| get(measurement, OURS, name);
    let inline = |measurement: &str, name: &str| get(measurement, INLINE, name);
    let mut list = vec![
        at_most(
            "1",
            "annotated call in scope, burst: mean",
            150.0,
            "ns",
            ours(BURST, "mean"),
        ),
        at_most(
            "1",
            "… relative to segment, inline",
            0.15,
            "×",
            ratio(ours(BURST, "mean"), inline(BURST, "mean")),
        ),
        at_most("2", "… p99", 600.0, "ns", ours(BURST, "p99")),
        at_most("2", "… p99.9", 600.0, "ns", ours(BURST, "p999")),
        at_most(
            "3",
            "1,000 calls per second: p50",
            500.0,
            "ns",
            ours(IDLE, "p50"),
        ),
        at_most("3", "… p99", 2_000.0, "ns", ours(IDLE, "p99")),
        at_most(
            "3",
            "… system calls per call",
            0.0,
            "",
            ours(SYSCALLS, "per_call"),
        ),
        at_most(
            "4",
            "allocations per call",
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
            "… relative to tracing without a subscriber",
            1.0,
            "×",
            ratio(mean, get(BURST, TRACING_NONE, "mean")),
        ));
    }
    list.extend([
        at_most(
            "6",
            "2 threads relative to 1: mean",
            1.2,
            "×",
            ratio(ours(THREADS, "mean"), ours(BURST, "mean")),
        )
        .given_up(SHARED_COUNTERS),
        at_least(
            "7",
            "events per second relative to segment, inline",
            5.0,
            "×",
            ratio(
                ours(THROUGHPUT, "events_per_second"),
                inline(THROUGHPUT, "events_per_second"),
            ),
        ),
        at_most(
            "8",
            "CPU per million events, relative to segment, inline",
            0.25,
            "×",
            ratio(
                ours(THROUGHPUT, "cpu_per_million"),
                inline(THROUGHPUT, "cpu_per_million"),
            ),
        ),
        at_most(
            "8",
            "… with gzip, relative to segment, inline, without gzip",
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
            16.0 + QUEUE_MB,
            "MB",
            ours(MEMORY_BURST, "peak_kib").map(|kib| kib * 1.024e-3),
        ),
        at_most(
            "9",
            "… lost without being counted",
            0.0,
            "events",
            ours(MEMORY_BURST, "uncounted"),
        ),
        at_most(
            "10",
            "server responds after 100 ms: p99",
            600.0,
            "ns",
            ours(SLOW, "p99"),
        )
        .given_up(FRESH_MEMORY),
        at_most("10", "… p99.9", 1_500.0, "ns", ours(SLOW, "p999")).given_up(FRESH_MEMORY),
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
            get(&exit_name(calls), OURS, "share").map(|share| share * 100.0),
        ));
    }
    list.extend([
        at_most(
            "12",
            "flush with a deadline of 1 s, server never responds",
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
            "… undelivered and not reported",
            0.0,
            "events",
            ours(SHUTDOWN, "unreported"),
        ),
    ]);
    for (check_name, check, release_name, release) in [
        (
            "500 annotated functions: check",
            "library_check",
            "… release build after an edit",
            "library",
        ),
        (
            "… in a program that polls each function: check",
            "check",
            "… in a program that polls each function: release build after an edit",
            "release",
        ),
    ] {
        let tool = |name| named(FUNCTIONS, "tracked_tool", name);
        list.extend([
            at_most("13", check_name, 0.4, "s", tool(check)),
            at_most(
                "13",
                "… relative to tracing",
                CHECK_VS_TRACING,
                "×",
                functions(check),
            ),
            at_most("13", release_name, 2.0, "s", tool(release)),
            at_most(
                "13",
                "… relative to tracing",
                RELEASE_VS_TRACING,
                "×",
                functions(release),
            ),
        ]);
    }
    list.extend([
        at_most(
            "13",
            "… lines per function after expansion",
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
        )
        .given_up("`flate2` replaces our own gzip writer, and `reqwest` 0.13 is a second version"),
        at_most(
            "14",
            "clean build relative to `segment` without TLS and `reqwest` 0.13: CPU",
            1.15,
            "×",
            ratio(
                named(CLEAN, "copilot-track", "cpu_seconds"),
                named(CLEAN, PARTS, "cpu_seconds"),
            ),
        ),
        at_most(
            "14",
            "added to an application with axum and async-openai: crates",
            18.0,
            "",
            named(APPLICATION, "copilot-track", "added_crates"),
        ),
        at_most(
            "14",
            "… clean build: CPU, relative to the application alone",
            // 15 s on the machine on which the application took 104 s.
            0.144,
            "×",
            ratio(
                named(APPLICATION, "copilot-track", "added_cpu_seconds"),
                named(APPLICATION, PLAIN_APPLICATION, "cpu_seconds"),
            ),
        ),
        at_most(
            "15",
            "annotated reply in scope, burst: mean",
            REPLY_MEAN,
            "ns",
            ours(REPLY, "mean"),
        ),
        at_most(
            "15",
            "… relative to segment, inline",
            REPLY_VS_SEGMENT,
            "×",
            ratio(ours(REPLY, "mean"), inline(REPLY, "mean")),
        ),
        at_most("15", "… p99", REPLY_P99, "ns", ours(REPLY, "p99")),
        at_most(
            "15",
            "… allocations",
            REPLY_ALLOCATIONS,
            "",
            ours(ALLOCATIONS_REPLY, "allocations"),
        ),
    ]);
    list
}

pub(super) fn section(results: &Results) -> String {
    let mut text = String::from(
        "## Targets\n\nThe benchmark program also checks the targets. Limits in nanoseconds were set \
         on a virtual machine with two cores of an AMD EPYC. Ratios apply to any machine. \
         *segment, inline* is the `segment` crate, used as its README shows, with the same event as \
         copilot-track. A target that was given up stays in the table, with the reason.\n\n\
         | # | measurement | target | measured | result |\n| --- | --- | --- | --- | --- |\n",
    );
    for target in all(results) {
        let measured = target
            .measured
            .map_or_else(|| "not measured".to_owned(), number);
        let result = match (target.given_up, target.met) {
            (Some(reason), _) => format!("given up: {reason}"),
            (None, Some(true)) => "met".to_owned(),
            (None, Some(false)) => "**not met**".to_owned(),
            (None, None) => "**unknown**".to_owned(),
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {measured} | {result} |",
            target.id,
            target.name,
            target.limit.trim_end()
        );
    }
    text.push('\n');
    text
}
