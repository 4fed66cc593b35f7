//! Kills processes at random moments, and counts how many of their events arrived and how many were
//! lost.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use copilot_track::Tracker;
use copilot_track::testing::{CapturedEvent, TestTracker};
use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::Value;
use tempfile::tempdir;

use crate::crash::child::{CrashChild, Storage};
use crate::crash::dead_letters::read_dead_letters;
use crate::fault_server::{FaultPlan, FaultServer, RecordedRequest};

/// The counts after all kills.
#[derive(Debug, Clone, Copy)]
pub struct KillReport {
    /// The number of processes that were killed.
    pub kills: u64,
    /// The number of events that the processes had reported to be on disk.
    pub on_disk: u64,
    /// The number of reported events that the server accepted or that were in the spool at the end.
    pub arrived: u64,
    /// The number of reported events that are only in the dead-letter file.
    pub dead_letters: u64,
    /// The number of events that the server read more than once, always with the same JSON.
    pub duplicated: u64,
    /// The number of events that were in the spool at the end.
    pub recovered: u64,
}

impl KillReport {
    /// Returns the number of events that were lost although they were on disk.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.on_disk - self.arrived - self.dead_letters
    }
}

/// Starts and kills `kills` processes, one after another. They share one spool and send to the same
/// server. `plan` returns the server's plan for each round, starting with round 0. `child` returns
/// the command for starting a process. This function appends arguments to the command, and the
/// program that it starts must pass them to [`CrashChild::run`].
///
/// # Panics
/// Panics if two events with the same envelope id have different bodies, or if a spool file is
/// damaged.
pub fn kill_repeatedly(
    kills: u64,
    child: impl Fn() -> Command,
    mut plan: impl FnMut(u64) -> FaultPlan,
) -> KillReport {
    let directory = tempdir().expect("a directory");
    let server = FaultServer::start(plan(0));
    let mut random = SmallRng::seed_from_u64(kills);
    let mut on_disk = BTreeSet::new();
    for round in 0..kills {
        server.set_plan(plan(round));
        // Each round has its own range of numbers, because it is unknown how many events the
        // previous process emitted.
        let first = round * 1_000_000;
        let mut command = child();
        CrashChild {
            storage: [Storage::Spool, Storage::Spill][usize::from(round % 3 == 2)],
            directory: directory.path().to_str().expect("a name"),
            endpoint: &server.url(),
            first,
            group: random.random_range(1..200),
            per_second: 0,
            flush_at: 2_500,
            blocked_from: None,
        }
        .add_args(&mut command);
        // Kills some processes while they open the spool, and most while they write and send.
        let lines_before_kill = random.random_range(0_usize..15).saturating_sub(2);
        let delay = Duration::from_micros(random.random_range(0..20_000));
        on_disk.extend(first..run_and_kill(command, lines_before_kill, delay).unwrap_or(first));
    }
    let test = TestTracker::with(Tracker::builder().spool(directory.path()))
        .expect("a tracker on the remaining spool");
    let recovered: Vec<Value> = test.events().iter().map(CapturedEvent::json).collect();
    assert_eq!(test.ledger().quarantined, 0);
    let log = server.log();
    let refused = read_dead_letters(directory.path());
    assert_one_body_each(
        log.requests
            .iter()
            .flat_map(RecordedRequest::events)
            .chain(&recovered)
            .chain(&refused),
    );
    let accepted = log.events();
    let arrived = numbers(accepted.into_iter().chain(&recovered));
    let refused = numbers(&refused);
    let is_dead = |number: &&u64| refused.contains(number) && !arrived.contains(number);
    KillReport {
        kills,
        on_disk: on_disk.len() as u64,
        arrived: on_disk.intersection(&arrived).count() as u64,
        dead_letters: on_disk.iter().filter(is_dead).count() as u64,
        duplicated: log.duplicated_count(),
        recovered: recovered.len() as u64,
    }
}

/// Runs a process until it has printed `lines_before_kill` lines, waits for `delay`, and kills it.
/// Returns the last number that the process printed. All events below this number are on disk.
fn run_and_kill(mut command: Command, lines_before_kill: usize, delay: Duration) -> Option<u64> {
    let mut child = command.stdout(Stdio::piped()).spawn().expect("a child");
    let mut lines = BufReader::new(child.stdout.take().expect("its stdout")).lines();
    let last_line = lines.by_ref().take(lines_before_kill).last();
    assert_eq!(
        last_line.is_some(),
        lines_before_kill > 0,
        "the child printed nothing"
    );
    std::thread::sleep(delay);
    child.kill().expect("the child can be killed");
    child.wait().expect("the child can be waited for");
    let last_line = lines.last().or(last_line)?;
    Some(last_line.expect("a line").parse().expect("a number"))
}

fn numbers<'a>(events: impl IntoIterator<Item = &'a Value>) -> BTreeSet<u64> {
    events
        .into_iter()
        .filter_map(|event| event["properties"]["number"].as_u64())
        .collect()
}

fn assert_one_body_each<'a>(events: impl Iterator<Item = &'a Value>) {
    let mut bodies: BTreeMap<&str, &Value> = BTreeMap::new();
    for event in events {
        let id = event["messageId"].as_str().expect("an envelope id");
        let first = bodies.entry(id).or_insert(event);
        assert_eq!(*first, event, "one envelope id has two bodies");
    }
}
