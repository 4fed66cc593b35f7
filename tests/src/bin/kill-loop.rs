//! Kills a process that emits into a spool, hundreds of times, while the server changes its faults.
//!
//! `cargo run --release -p copilot-track-tests --bin kill-loop -- [KILLS]` kills 300 times, prints
//! a row for the docs, and fails if an event that was on disk was lost, or one envelope id came
//! with two bodies.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a measurement that cannot go on panics"
)]

use std::env;
use std::error::Error;
use std::process::Command;

use copilot_track_tests::{Answer, Behaviour, Script, Victim, kill_often};

const VICTIM: &str = "victim";

fn script(round: u64) -> Script {
    let one_second = Behaviour::Answer(Answer::new(429).header("Retry-After", "1"));
    let limit = Behaviour::Limit {
        bytes: usize::MAX,
        events: 5,
    };
    match round % 10 {
        0 => Script::always(Behaviour::ok()),
        1 => Script::sometimes(50, Behaviour::status(500), round),
        2 => Script::sometimes(50, Behaviour::CloseUnanswered, round),
        3 => Script::sometimes(30, one_second, round),
        4 => Script::sometimes(50, Behaviour::CloseUnread, round),
        5 => Script::always(limit),
        6 => Script::sometimes(30, Behaviour::Hang, round),
        7 => Script::sometimes(50, Behaviour::ResetInHead, round),
        8 => Script::sometimes(30, Behaviour::status(400), round),
        _ => Script::sometimes(50, Behaviour::Garbage, round),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [first, rest @ ..] = arguments.as_slice()
        && first == VICTIM
    {
        return Victim::run(rest);
    }
    let number = arguments.first().map_or("300", String::as_str);
    let this = env::current_exe()?;
    let victim = || {
        let mut command = Command::new(&this);
        command.arg(VICTIM);
        command
    };
    let kills = kill_often(number.parse()?, victim, script);
    println!(
        "| kills | on disk when killed | arrived | in dead letters | came again, same body | found in the spool at the end | lost |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    println!(
        "| {} | {} | {} | {} | {} | {} | {} |",
        kills.kills,
        kills.on_disk,
        kills.arrived,
        kills.dead_letters,
        kills.came_again,
        kills.recovered,
        kills.lost()
    );
    if kills.lost() > 0 {
        return Err("events were lost".into());
    }
    Ok(())
}
