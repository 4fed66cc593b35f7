//! A process is killed at any moment, again and again.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use copilot_track::Tracker;
use copilot_track::testing::{CapturedEvent, TestTracker};
use copilot_track_tests::{Behaviour, FaultServer, Script};
use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::Value;
use tempfile::tempdir;

/// Runs the victim until it has told so many times that its events are on disk, and kills it.
/// Returns the number up to which they are.
fn run_and_kill(directory: &Path, endpoint: &str, first: u64, syncs: usize) -> u64 {
    let mut victim = Command::new(env!("CARGO_BIN_EXE_spool-victim"))
        .arg(directory)
        .args([endpoint, &first.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let told = lines
        .take(syncs)
        .last()
        .expect("the victim told nothing")
        .unwrap();
    victim.kill().unwrap();
    victim.wait().unwrap();
    told.parse().unwrap()
}

fn kill_often(kills: u64, script: Script) {
    let directory = tempdir().unwrap();
    let server = FaultServer::start(script);
    let mut random = SmallRng::seed_from_u64(kills);
    let mut told = BTreeSet::new();
    for round in 0..kills {
        // Each round has numbers of its own, so that what came after the last sync is no gap.
        let first = round * 1_000_000;
        let syncs = random.random_range(1..15);
        told.extend(first..run_and_kill(directory.path(), &server.url(), first, syncs));
    }
    server.set(Script::always(Behaviour::ok()));
    let test = TestTracker::with(Tracker::builder().spool(directory.path())).unwrap();
    let recovered: Vec<Value> = test.events().iter().map(CapturedEvent::json).collect();
    assert_eq!(test.ledger().quarantined, 0);

    let log = server.log();
    let accepted = log.events().into_iter().cloned();
    let mut bodies: BTreeMap<String, Value> = BTreeMap::new();
    for event in accepted.chain(recovered) {
        let id = event["messageId"].as_str().unwrap().to_owned();
        let first = bodies.entry(id).or_insert_with(|| event.clone());
        assert_eq!(*first, event, "one envelope id, two bodies");
    }
    let arrived: BTreeSet<u64> = bodies
        .values()
        .filter_map(|event| event["properties"]["number"].as_u64())
        .collect();
    let lost: Vec<_> = told.difference(&arrived).collect();
    assert!(lost.is_empty(), "on disk, and lost: {lost:?}");
    assert!(!told.is_empty());
}

#[test]
fn nothing_that_was_on_disk_is_lost_while_the_server_is_well() {
    kill_often(12, Script::always(Behaviour::ok()));
}

#[test]
fn nothing_that_was_on_disk_is_lost_while_the_server_fails() {
    kill_often(12, Script::sometimes(50, Behaviour::status(500), 1));
}

#[test]
fn nothing_that_was_on_disk_is_lost_while_connections_break() {
    kill_often(12, Script::sometimes(50, Behaviour::CloseUnanswered, 2));
}
