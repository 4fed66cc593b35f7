//! Runs the measurements round by round, so that noise on the machine affects all libraries
//! alike.

use std::collections::BTreeMap;

use crate::measure::measurement::Measurement;
use crate::measure::measurement_list::all_measurements;
use crate::measure::server::{Endpoint, Server};
use crate::measure::{compile, syscalls};
use crate::measurement_names::*;
use crate::options::Options;
use crate::results::Results;
use crate::subjects::*;

/// The measurements that `--quick` runs.
const QUICK: [&str; 6] = [BURST, IDLE, ALLOCATIONS, THROUGHPUT, SCOPE, STREAM];

pub(crate) fn run_rounds(
    options: &Options,
    unbuilt: &BTreeMap<&'static str, String>,
    server: &mut Server,
) -> Result<Results, String> {
    let mut results = Results::default();
    let measurements: Vec<Measurement> = all_measurements()
        .into_iter()
        .filter(|measurement| {
            options.includes(&measurement.name)
                && options.includes_subject(measurement.subject.name)
        })
        .filter(|measurement| {
            !options.quick || !options.only.is_empty() || QUICK.contains(&measurement.name.as_str())
        })
        .collect();
    for round in 0..options.rounds {
        for measurement in &measurements {
            if round >= measurement.rounds {
                continue;
            }
            if let Some(why) = unbuilt.get(measurement.subject.package) {
                results.add(
                    &measurement.name,
                    measurement.subject.name,
                    Err(why.clone()),
                );
                continue;
            }
            eprintln!(
                "{}/{} {} · {}",
                round + 1,
                options.rounds,
                measurement.name,
                measurement.subject.name
            );
            let outcome = measurement.run(server);
            results.add(&measurement.name, measurement.subject.name, outcome);
        }
    }
    if options.includes(SYSCALLS) && !options.quick {
        for subject in [PLAIN, OURS, INLINE, CHANNEL, POSTHOG] {
            if options.includes_subject(subject.name) {
                results.add(
                    SYSCALLS,
                    subject.name,
                    syscalls::count(subject, server.url(Endpoint::Fast)),
                );
            }
        }
    }
    if !options.quick {
        compile::measure(options, &mut results);
    }
    Ok(results)
}
