//! The list of measurements.

use crate::measure::server::Endpoint;
use crate::measure::step::{Step, step};
use crate::rows::*;
use crate::subjects::*;

/// The subjects of the measurements at the call site.
const CALL_SITE: [Subject; 16] = [
    PLAIN,
    OUT_OF_SCOPE,
    DISABLED,
    TRACING_NONE,
    FASTRACE_NONE,
    MEMORY,
    OURS,
    TRACING_NOOP,
    FASTRACE,
    TRACING_JSON,
    INLINE,
    BARE,
    CHANNEL,
    POSTHOG,
    RUDDER,
    RUDDER_BATCHES,
];

/// How many events a throughput measurement sends: fewer for a slow library.
fn throughput_calls(subject: Subject) -> u64 {
    match subject.package {
        "peer-posthog" => 300_000,
        _ => 1_000_000,
    }
}

pub(crate) fn steps() -> Vec<Step> {
    let mut steps = Vec::new();
    for subject in CALL_SITE {
        // Some libraries take 100 µs per call: the budget bounds their time.
        steps.push(
            step(BURST, subject, "burst")
                .arg("bursts", 3)
                .arg("budget", 400),
        );
        steps.push(
            step(ALLOCATIONS, subject, "allocations")
                .arg("calls", if subject == RUDDER { 200 } else { 20_000 })
                .rounds(1),
        );
    }
    for subject in [
        PLAIN,
        OUT_OF_SCOPE,
        TRACING_NONE,
        OURS,
        TRACING_JSON,
        FASTRACE,
        INLINE,
        CHANNEL,
        POSTHOG,
    ] {
        steps.push(
            step(REPLY, subject, "burst")
                .arg("function", "reply")
                .arg("bursts", 2)
                .arg("budget", 400)
                .rounds(3),
        );
        steps.push(
            step(ALLOCATIONS_REPLY, subject, "allocations")
                .arg("function", "reply")
                .rounds(1),
        );
        steps.push(
            step(THREADS, subject, "burst")
                .arg("threads", 2)
                .arg("bursts", 3)
                .arg("budget", 400),
        );
    }
    for subject in [PLAIN, OURS, INLINE, CHANNEL, POSTHOG] {
        steps.push(step(IDLE, subject, "idle").arg("sleep", 0).rounds(3));
        steps.push(step(IDLE_COLD, subject, "idle").rounds(2));
    }
    for subject in [OURS, INLINE, CHANNEL, POSTHOG] {
        steps.push(
            step(SLOW, subject, "burst")
                .endpoint(Endpoint::Slow)
                .arg("bursts", 1)
                .arg("flush", 0)
                .arg("budget", 1_500)
                .rounds(2),
        );
        steps.push(
            step(DOWN, subject, "burst")
                .endpoint(Endpoint::Down)
                .arg("bursts", 1)
                .arg("flush", 0)
                .arg("budget", 1_500)
                .rounds(2),
        );
    }
    for subject in [OURS, INLINE, BARE, CHANNEL, POSTHOG, RUDDER_BATCHES] {
        steps.push(
            step(THROUGHPUT, subject, "throughput")
                .arg("calls", throughput_calls(subject))
                .arg("block", 1)
                .rounds(3),
        );
    }
    for subject in [OURS, POSTHOG] {
        steps.push(
            step(GZIP, subject, "throughput")
                .arg("calls", throughput_calls(subject))
                .arg("block", 1)
                .arg("gzip", 1)
                .rounds(3),
        );
    }
    for subject in [OURS, INLINE, CHANNEL, POSTHOG] {
        steps.push(
            step(THROUGHPUT_SLOW, subject, "throughput")
                .endpoint(Endpoint::Slow)
                .arg("calls", 200_000)
                .arg("budget", 8_000)
                .arg("block", 1)
                .rounds(1),
        );
        steps.push(
            step(MEMORY_BURST, subject, "throughput")
                .arg("calls", 1_000_000)
                .arg("default-queue", 1)
                .rounds(2),
        );
    }
    for subject in [
        OURS,
        INLINE,
        CHANNEL,
        POSTHOG,
        POSTHOG_GLOBAL,
        RUDDER_BATCHES,
    ] {
        for calls in EXITS {
            steps.push(
                step(&exit_row(calls), subject, "exit")
                    .arg("calls", calls)
                    .arg("default-queue", 1)
                    .rounds(3),
            );
        }
    }
    for subject in [OURS, INLINE, CHANNEL, POSTHOG, RUDDER_BATCHES] {
        steps.push(
            step(SHUTDOWN, subject, "shutdown")
                .endpoint(Endpoint::Never)
                .rounds(1)
                .limit(if subject == OURS { 30 } else { 10 }),
        );
    }
    for subject in [PLAIN, OURS, TRACING_NONE, TRACING_NOOP, FASTRACE] {
        steps.push(step(SCOPE, subject, "scope"));
    }
    for subject in [PLAIN, OUT_OF_SCOPE, OURS] {
        steps.push(step(STREAM, subject, "stream"));
    }
    steps
}
