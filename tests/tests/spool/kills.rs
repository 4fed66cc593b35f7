//! A process that is killed at random moments. To kill it hundreds of times, run
//! `cargo run --release -p copilot-track-tests --bin kill-loop`.

use std::process::Command;

use copilot_track_tests::{Behavior, FaultPlan, kill_repeatedly};

fn assert_nothing_lost(plan: &FaultPlan) {
    let child = || Command::new(env!("CARGO_BIN_EXE_crash-child"));
    let kills = kill_repeatedly(12, child, |_| plan.clone());
    assert_eq!(kills.lost(), 0, "events on disk were lost: {kills:?}");
    assert!(kills.on_disk > 0);
}

#[test]
fn events_on_disk_survive_kills_while_the_server_is_healthy() {
    assert_nothing_lost(&FaultPlan::always(Behavior::ok()));
}

#[test]
fn events_on_disk_survive_kills_while_the_server_fails() {
    assert_nothing_lost(&FaultPlan::random(50, Behavior::status(500), 1));
}

#[test]
fn events_on_disk_survive_kills_while_connections_break() {
    assert_nothing_lost(&FaultPlan::random(50, Behavior::CloseUnanswered, 2));
}

#[test]
fn rejected_events_on_disk_become_dead_letters() {
    assert_nothing_lost(&FaultPlan::random(50, Behavior::status(400), 3));
}
