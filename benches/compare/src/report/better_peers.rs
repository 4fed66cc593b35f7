//! Lists the comparisons in which another library is better than copilot-track, with the reasons.

use std::fmt::Write as _;

use crate::measurement_names::*;
use crate::results::{Results, number};
use crate::subjects::*;

/// Whether a lower or a higher figure is better.
#[derive(Clone, Copy)]
enum Better {
    Less,
    More,
}

fn compared() -> Vec<(String, &'static str, &'static str, Better)> {
    let mut comparisons = vec![
        (
            BURST.to_owned(),
            "mean",
            "call in a burst: mean, ns",
            Better::Less,
        ),
        (BURST.to_owned(), "p99", "… p99", Better::Less),
        (BURST.to_owned(), "p999", "… p99.9", Better::Less),
        (
            REPLY.to_owned(),
            "mean",
            "reply in a burst: mean, ns",
            Better::Less,
        ),
        (REPLY.to_owned(), "p999", "… p99.9", Better::Less),
        (
            THREADS.to_owned(),
            "mean",
            "2 threads: mean, ns",
            Better::Less,
        ),
        (THREADS.to_owned(), "p999", "… p99.9", Better::Less),
        (
            IDLE.to_owned(),
            "p50",
            "1,000 calls per second: p50, ns",
            Better::Less,
        ),
        (IDLE.to_owned(), "p99", "… p99", Better::Less),
        (IDLE_COLD.to_owned(), "p50", "… sleeping: p50", Better::Less),
        (IDLE_COLD.to_owned(), "p99", "… sleeping: p99", Better::Less),
        (
            ALLOCATIONS.to_owned(),
            "allocations",
            "allocations per call",
            Better::Less,
        ),
        (SLOW.to_owned(), "p99", "slow server: p99, ns", Better::Less),
        (SLOW.to_owned(), "p999", "… p99.9", Better::Less),
        (
            DOWN.to_owned(),
            "p999",
            "server down: p99.9, ns",
            Better::Less,
        ),
        (
            THROUGHPUT.to_owned(),
            "events_per_second",
            "events per second",
            Better::More,
        ),
        (
            THROUGHPUT.to_owned(),
            "cpu_per_million",
            "CPU s per million",
            Better::Less,
        ),
        (GZIP.to_owned(), "cpu_per_million", "… gzip", Better::Less),
        (
            THROUGHPUT_SLOW.to_owned(),
            "events_per_second",
            "slow server: events per second",
            Better::More,
        ),
        (
            MEMORY_BURST.to_owned(),
            "peak_kib",
            "peak memory, KiB",
            Better::Less,
        ),
        (SCOPE.to_owned(), "mean", "poll in scope, ns", Better::Less),
    ];
    for calls in EXITS {
        comparisons.push((
            exit_name(calls),
            "share",
            "share delivered at exit",
            Better::More,
        ));
    }
    comparisons
}

/// The figures about compilation. Each entry has the names of the measurement and the figure, the
/// title of the figure, and the name of the subject that represents copilot-track.
const BUILT: [(&str, &str, &str, &str); 6] = [
    (CLEAN, "crates", "crates", "copilot-track"),
    (CLEAN, "cpu_seconds", "clean build, CPU s", "copilot-track"),
    (SIZE, "bytes", "binary, bytes", "copilot-track"),
    (
        FUNCTIONS,
        "library_check",
        "500 functions: check, s",
        "tracked_tool",
    ),
    (
        FUNCTIONS,
        "library",
        "500 functions: release build after an edit, s",
        "tracked_tool",
    ),
    (
        FUNCTIONS,
        "lines",
        "500 functions: lines per function",
        "tracked_tool",
    ),
];

/// Returns the reason why a library is better, or `unknown`.
fn why(measurement: &str, name: &str, peer: &str) -> &'static str {
    match (measurement, name, peer) {
        (CLEAN | SIZE, _, "segment" | PARTS) => "it is one of our dependencies",
        (CLEAN | SIZE, _, "tracing" | "fastrace") => {
            "it has no HTTP client, no TLS, and no JSON encoding of events"
        }
        (CLEAN | SIZE, _, _) => "it enables fewer features of its HTTP and TLS libraries",
        (_, _, "tracing, no subscriber") => "it does nothing: no subscriber is installed",
        (_, _, "tracing, no-op layer") => {
            "it records nothing: no id, no copies of fields, no event"
        }
        (_, _, "fastrace, no parent") => "it does nothing: there is no trace to add a span to",
        (_, _, "fastrace, span") => {
            "its span has a timestamp and constant strings, but no globally unique id, and \
             nothing receives the span"
        }
        (MEMORY_BURST, _, "segment, inline" | "segment, inline, README's fields only") => {
            "it holds one batch, and its caller waits for each request"
        }
        (MEMORY_BURST, _, "rudderanalytics, batches by hand") => {
            "it holds one batch, and its caller waits for each request"
        }
        (MEMORY_BURST, _, "posthog-rs") => {
            "its queue holds 10,000 events, and it drops the rest without counting them"
        }
        ("call server down", _, "segment, inline") => {
            "a refused connection fails at once and loses the batch; copilot-track keeps the events"
        }
        _ => "unknown",
    }
}

pub(super) fn section(results: &Results) -> String {
    let mut lines = String::new();
    for (measurement, name, title, better) in compared() {
        let Some(ours) = results.stat(&measurement, OURS, name) else {
            continue;
        };
        for peer in ALL {
            if peer.package == OURS.package || peer == PLAIN {
                continue;
            }
            let Some(theirs) = results.stat(&measurement, peer, name) else {
                continue;
            };
            let beaten = match better {
                Better::Less => theirs.median < ours.median,
                Better::More => theirs.median > ours.median,
            };
            if beaten {
                line(
                    &mut lines,
                    title,
                    peer.name,
                    theirs.median,
                    ours.median,
                    why(&measurement, name, peer.name),
                );
            }
        }
    }
    for (measurement, name, title, our_name) in BUILT {
        let Some(ours) = results.stat_by_name(measurement, our_name, name) else {
            continue;
        };
        for peer in [
            PARTS,
            "segment",
            "posthog-rs",
            "rudderanalytics",
            "tracing",
            "tracing_skip_all",
            "fastrace",
        ] {
            if let Some(theirs) = results.stat_by_name(measurement, peer, name)
                && theirs.median < ours.median
            {
                line(
                    &mut lines,
                    title,
                    peer,
                    theirs.median,
                    ours.median,
                    why(measurement, name, peer),
                );
            }
        }
    }
    let head = "## Where another library is better\n\nThis section lists every comparison of medians in \
                which another library is better. It leaves out copilot-track's other variants and the \
                plain call.\n\n";
    if lines.is_empty() {
        return format!("{head}There is no such comparison in this run.\n");
    }
    format!(
        "{head}| measurement | library | theirs | ours | reason |\n| --- | --- | --- | --- | --- |\n{lines}"
    )
}

fn line(lines: &mut String, title: &str, peer: &str, theirs: f64, ours: f64, why: &str) {
    let _ = writeln!(
        lines,
        "| {title} | {peer} | {} | {} | {why} |",
        number(theirs),
        number(ours)
    );
}
