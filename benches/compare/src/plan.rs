//! Which measurements there are, and their order: round by round, so that a disturbance of the
//! machine falls on all.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use crate::derive::derive;
use crate::options::Options;
use crate::peers::*;
use crate::results::Results;
use crate::run::{Outcome, run};
use crate::server::{At, Server};
use crate::{compile, syscalls};

/// One measurement of one subject.
pub(crate) struct Step {
    pub(crate) row: String,
    pub(crate) subject: Subject,
    pub(crate) measure: &'static str,
    pub(crate) at: At,
    pub(crate) args: Vec<(&'static str, String)>,
    pub(crate) rounds: usize,
    pub(crate) limit: Duration,
}

pub(crate) fn step(row: &str, subject: Subject, measure: &'static str) -> Step {
    Step {
        row: row.to_owned(),
        subject,
        measure,
        at: At::Fast,
        args: Vec::new(),
        rounds: usize::MAX,
        limit: Duration::from_secs(60),
    }
}

impl Step {
    pub(crate) fn at(mut self, at: At) -> Self {
        self.at = at;
        self
    }

    pub(crate) fn arg(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.push((name, value.to_string()));
        self
    }

    pub(crate) fn rounds(mut self, rounds: usize) -> Self {
        self.rounds = rounds;
        self
    }

    pub(crate) fn limit(mut self, seconds: u64) -> Self {
        self.limit = Duration::from_secs(seconds);
        self
    }

    fn program(&self) -> String {
        match self.measure {
            "allocations" => format!("{}-allocations", self.subject.package),
            _ => self.subject.package.to_owned(),
        }
    }

    fn command(&self, server: &Server) -> Command {
        let mut command = Command::new(program(&self.program()));
        command
            .args([self.measure, "--variant", self.subject.variant])
            .args(["--url", server.url(self.at)]);
        for (name, value) in &self.args {
            command.arg(format!("--{name}")).arg(value);
        }
        command
    }

    fn run(&self, server: &mut Server) -> Outcome {
        server.reset()?;
        let mut values = run(&mut self.command(server), self.limit)?;
        if self.subject.sends {
            for (name, value) in server.count()? {
                values.insert(format!("server_{name}"), value);
            }
        }
        let calls = self.args.iter().find(|(name, _)| *name == "calls");
        let calls = calls
            .and_then(|(_, value)| value.parse().ok())
            .or((self.measure == "shutdown").then_some(1_000.0));
        derive(&mut values, self.subject, calls);
        Ok(values)
    }
}

/// Subjects at the call site.
const CALL_SITE: [Subject; 16] = [
    PLAIN,
    OUTSIDE,
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

pub(crate) const BURST: &str = "call burst";
pub(crate) const REPLY: &str = "call reply";
pub(crate) const THREADS: &str = "call 2 threads";
pub(crate) const IDLE: &str = "call idle";
pub(crate) const IDLE_COLD: &str = "call idle sleeping";
pub(crate) const SLOW: &str = "call slow server";
pub(crate) const DOWN: &str = "call server down";
pub(crate) const ALLOCATIONS: &str = "allocations";
pub(crate) const ALLOCATIONS_REPLY: &str = "allocations reply";
pub(crate) const THROUGHPUT: &str = "throughput";
pub(crate) const GZIP: &str = "throughput gzip";
pub(crate) const THROUGHPUT_SLOW: &str = "throughput slow server";
pub(crate) const MEMORY_BURST: &str = "memory";
pub(crate) const SCOPE: &str = "poll scope";
pub(crate) const STREAM: &str = "poll stream item";

pub(crate) const SHUTDOWN: &str = "shutdown never answered";
pub(crate) const SYSCALLS: &str = "system calls idle";
pub(crate) const CLEAN: &str = "compile clean build";
pub(crate) const FUNCTIONS: &str = "compile 500 functions";
pub(crate) const SIZE: &str = "compile size";
/// Exit after so many events, nothing flushed.
pub(crate) const EXITS: [u64; 3] = [100, 1_000, 9_000];

pub(crate) fn exit_row(calls: u64) -> String {
    format!("exit {calls}")
}

/// A million events, fewer of those who take their time.
fn million(subject: Subject) -> u64 {
    match subject.package {
        "peer-posthog" => 300_000,
        _ => 1_000_000,
    }
}

fn steps() -> Vec<Step> {
    let mut steps = Vec::new();
    for subject in CALL_SITE {
        // Some take 100 µs a call: they get less time, not the others more.
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
        OUTSIDE,
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
                .arg("kind", "reply")
                .arg("bursts", 2)
                .arg("budget", 400)
                .rounds(3),
        );
        steps.push(
            step(ALLOCATIONS_REPLY, subject, "allocations")
                .arg("kind", "reply")
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
                .at(At::Slow)
                .arg("bursts", 1)
                .arg("settle", 0)
                .arg("budget", 1_500)
                .rounds(2),
        );
        steps.push(
            step(DOWN, subject, "burst")
                .at(At::Down)
                .arg("bursts", 1)
                .arg("settle", 0)
                .arg("budget", 1_500)
                .rounds(2),
        );
    }
    for subject in [OURS, INLINE, BARE, CHANNEL, POSTHOG, RUDDER_BATCHES] {
        steps.push(
            step(THROUGHPUT, subject, "throughput")
                .arg("calls", million(subject))
                .arg("block", 1)
                .rounds(3),
        );
    }
    for subject in [OURS, POSTHOG] {
        steps.push(
            step(GZIP, subject, "throughput")
                .arg("calls", million(subject))
                .arg("block", 1)
                .arg("gzip", 1)
                .rounds(3),
        );
    }
    for subject in [OURS, INLINE, CHANNEL, POSTHOG] {
        steps.push(
            step(THROUGHPUT_SLOW, subject, "throughput")
                .at(At::Slow)
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
                .at(At::Never)
                .rounds(1)
                .limit(if subject == OURS { 30 } else { 10 }),
        );
    }
    for subject in [PLAIN, OURS, TRACING_NONE, TRACING_NOOP, FASTRACE] {
        steps.push(step(SCOPE, subject, "scope"));
    }
    for subject in [PLAIN, OUTSIDE, OURS] {
        steps.push(step(STREAM, subject, "stream"));
    }
    steps
}

/// Rows that a hurried reader wants, in one round.
const QUICK: [&str; 6] = [BURST, IDLE, ALLOCATIONS, THROUGHPUT, SCOPE, STREAM];

pub(crate) fn carry_out(
    options: &Options,
    unbuilt: &BTreeMap<&'static str, String>,
    server: &mut Server,
) -> Result<Results, String> {
    let mut results = Results::default();
    let steps: Vec<Step> = steps()
        .into_iter()
        .filter(|step| options.wants(&step.row) && options.wants_subject(step.subject.name))
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
    if options.wants(SYSCALLS) && !options.quick {
        for subject in [PLAIN, OURS, INLINE, CHANNEL, POSTHOG] {
            if options.wants_subject(subject.name) {
                results.add(
                    SYSCALLS,
                    subject.name,
                    syscalls::count(subject, server.url(At::Fast)),
                );
            }
        }
    }
    if !options.quick {
        compile::measure(options, &mut results);
    }
    Ok(results)
}
