//! Repeatedly kills a process that writes to a spool, while the server's faults change.
//!
//! `cargo run --release -p copilot-track-tests --bin kill-loop -- [KILLS]` kills the process 300
//! times by default and prints the table for docs/delivery.md. It fails if an event that was on
//! disk was lost, or if two events with the same envelope id had different bodies. `.ci/full` runs
//! this program.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a measurement panics if it cannot continue"
)]

use std::env;
use std::error::Error;
use std::process::Command;

use copilot_track_tests::{Behavior, CrashChild, FaultPlan, Response, kill_repeatedly};

const CHILD: &str = "crash-child";

fn fault_plan(round: u64) -> FaultPlan {
    let one_second = Behavior::Respond(Response::new(429).header("Retry-After", "1"));
    let limit = Behavior::Limit {
        bytes: usize::MAX,
        events: 5,
    };
    // The endpoint does not accept a few of the events, and therefore no batch with one of them.
    let poison = |status| {
        FaultPlan::always(Behavior::Poison {
            numbers: (0..1_000_000).step_by(2_003).collect(),
            response: Response::new(status),
        })
    };
    match round % 12 {
        0 => FaultPlan::always(Behavior::ok()),
        1 => FaultPlan::random(50, Behavior::status(500), round),
        2 => FaultPlan::random(50, Behavior::CloseUnanswered, round),
        3 => FaultPlan::random(30, one_second, round),
        4 => FaultPlan::random(50, Behavior::CloseUnread, round),
        5 => FaultPlan::always(limit),
        6 => FaultPlan::random(30, Behavior::Hang, round),
        7 => FaultPlan::random(50, Behavior::ResetInHead, round),
        8 => FaultPlan::random(30, Behavior::status(400), round),
        9 => poison(400),
        10 => poison(500),
        _ => FaultPlan::random(50, Behavior::Garbage, round),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [first, rest @ ..] = arguments.as_slice()
        && first == CHILD
    {
        return CrashChild::run(rest);
    }
    let number = arguments.first().map_or("300", String::as_str);
    let this = env::current_exe()?;
    let child = || {
        let mut command = Command::new(&this);
        command.arg(CHILD);
        command
    };
    let report = kill_repeatedly(number.parse()?, child, fault_plan);
    println!(
        "| kills | on disk when killed | arrived | in dead letters | arrived again, same JSON | in the spool at the end | lost |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    println!(
        "| {} | {} | {} | {} | {} | {} | {} |",
        report.kills,
        report.on_disk,
        report.arrived,
        report.dead_letters,
        report.duplicated,
        report.recovered,
        report.lost()
    );
    if report.lost() > 0 {
        return Err("events were lost".into());
    }
    Ok(())
}
