//! The list of measurements.

use crate::measure::measurement::{Measurement, measurement};
use crate::measure::server::Endpoint;
use crate::measurement_names::*;
use crate::subjects::*;

/// The subjects that are measured at the call site.
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

/// Returns the number of calls in a throughput measurement, which is smaller for a slow library.
fn throughput_calls(subject: Subject) -> u64 {
    match subject.package {
        "peer-posthog" => 300_000,
        _ => 1_000_000,
    }
}

pub(crate) fn all_measurements() -> Vec<Measurement> {
    let mut measurements = Vec::new();
    for subject in CALL_SITE {
        // Some libraries take 100 µs per call, so the budget limits the total time.
        measurements.push(
            measurement(BURST, subject, "burst")
                .arg("bursts", 3)
                .arg("budget", 400),
        );
        measurements.push(
            measurement(ALLOCATIONS, subject, "allocations")
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
        measurements.push(
            measurement(REPLY, subject, "burst")
                .arg("function", "reply")
                .arg("bursts", 2)
                .arg("budget", 400)
                .rounds(3),
        );
        measurements.push(
            measurement(ALLOCATIONS_REPLY, subject, "allocations")
                .arg("function", "reply")
                .rounds(1),
        );
        measurements.push(
            measurement(THREADS, subject, "burst")
                .arg("threads", 2)
                .arg("bursts", 3)
                .arg("budget", 400),
        );
    }
    for subject in [PLAIN, OURS, INLINE, CHANNEL, POSTHOG] {
        measurements.push(measurement(IDLE, subject, "idle").arg("sleep", 0).rounds(3));
        measurements.push(measurement(IDLE_COLD, subject, "idle").rounds(2));
    }
    for subject in [OURS, INLINE, CHANNEL, POSTHOG] {
        measurements.push(
            measurement(SLOW, subject, "burst")
                .endpoint(Endpoint::Slow)
                .arg("bursts", 1)
                .arg("flush", 0)
                .arg("budget", 1_500)
                .rounds(2),
        );
        measurements.push(
            measurement(DOWN, subject, "burst")
                .endpoint(Endpoint::Down)
                .arg("bursts", 1)
                .arg("flush", 0)
                .arg("budget", 1_500)
                .rounds(2),
        );
    }
    for subject in [OURS, INLINE, BARE, CHANNEL, POSTHOG, RUDDER_BATCHES] {
        measurements.push(
            measurement(THROUGHPUT, subject, "throughput")
                .arg("calls", throughput_calls(subject))
                .arg("block", 1)
                .rounds(3),
        );
    }
    for subject in [OURS, POSTHOG] {
        measurements.push(
            measurement(GZIP, subject, "throughput")
                .arg("calls", throughput_calls(subject))
                .arg("block", 1)
                .arg("gzip", 1)
                .rounds(3),
        );
    }
    for subject in [OURS, INLINE, CHANNEL, POSTHOG] {
        measurements.push(
            measurement(THROUGHPUT_SLOW, subject, "throughput")
                .endpoint(Endpoint::Slow)
                .arg("calls", 200_000)
                .arg("budget", 8_000)
                .arg("block", 1)
                .rounds(1),
        );
        measurements.push(
            measurement(MEMORY_BURST, subject, "throughput")
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
            measurements.push(
                measurement(&exit_name(calls), subject, "exit")
                    .arg("calls", calls)
                    .arg("default-queue", 1)
                    .rounds(3),
            );
        }
    }
    for subject in [OURS, INLINE, CHANNEL, POSTHOG, RUDDER_BATCHES] {
        measurements.push(
            measurement(SHUTDOWN, subject, "shutdown")
                .endpoint(Endpoint::Never)
                .rounds(1)
                .limit(if subject == OURS { 30 } else { 10 }),
        );
    }
    for subject in [PLAIN, OURS, TRACING_NONE, TRACING_NOOP, FASTRACE] {
        measurements.push(measurement(SCOPE, subject, "scope"));
    }
    for subject in [PLAIN, OUT_OF_SCOPE, OURS] {
        measurements.push(measurement(STREAM, subject, "stream"));
    }
    measurements
}
