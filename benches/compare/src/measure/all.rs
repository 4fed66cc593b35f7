//! Runs the measurements round by round, so that a disturbance of the machine affects all libraries
//! alike.

use std::collections::BTreeMap;

use crate::measure::server::{Endpoint, Server};
use crate::measure::step::Step;
use crate::measure::steps::steps;
use crate::measure::{compile, syscalls};
use crate::options::Options;
use crate::results::Results;
use crate::rows::*;
use crate::subjects::*;

/// The measurements that `--quick` takes.
const QUICK: [&str; 6] = [BURST, IDLE, ALLOCATIONS, THROUGHPUT, SCOPE, STREAM];

pub(crate) fn run_all(
    options: &Options,
    unbuilt: &BTreeMap<&'static str, String>,
    server: &mut Server,
) -> Result<Results, String> {
    let mut results = Results::default();
    let steps: Vec<Step> = steps()
        .into_iter()
        .filter(|step| options.includes(&step.row) && options.includes_subject(step.subject.name))
        .filter(|step| {
            !options.quick || !options.only.is_empty() || QUICK.contains(&step.row.as_str())
        })
        .collect();
    for round in 0..options.rounds {
        for step in &steps {
            if round >= step.rounds {
                continue;
            }
            if let Some(why) = unbuilt.get(step.subject.package) {
                results.add(&step.row, step.subject.name, Err(why.clone()));
                continue;
            }
            eprintln!(
                "{}/{} {} · {}",
                round + 1,
                options.rounds,
                step.row,
                step.subject.name
            );
            let outcome = step.run(server);
            results.add(&step.row, step.subject.name, outcome);
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
