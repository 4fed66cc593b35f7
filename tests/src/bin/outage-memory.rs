//! How much memory a process takes at most that bursts events while its server is down.
//!
//! ```text
//! cargo run --release -p copilot-track-tests --bin outage-memory
//! ```
//!
//! Each row is a process of its own (Linux: it reads `/proc`): a million events of about 1 KB, as
//! fast as they can be emitted, to a port at which nobody listens.

use std::error::Error;
use std::process::Command;
use std::time::Duration;

use copilot_track::{CustomEvent, Overflow, Spool, Tracker};
use copilot_track_tests::{FaultServer, tracker, user};

const EVENTS: u64 = 1_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [events, mebibytes, how] = arguments.as_slice() {
        return burst(events.parse()?, mebibytes.parse()?, how);
    }
    println!("| events | bound, MiB | overflow | peak of the process, MiB | kept | dropped |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for (events, mebibytes, how) in [
        (0, 64, "DropNewest"),
        (EVENTS, 64, "DropNewest"),
        (EVENTS, 64, "DropOldest"),
        (EVENTS, 8, "DropNewest"),
        (EVENTS, 8, "DropOldest"),
        (EVENTS, 8, "spool"),
    ] {
        let status = Command::new(std::env::current_exe()?)
            .args([events.to_string(), mebibytes.to_string(), how.to_owned()])
            .status()?;
        if !status.success() {
            return Err(format!("{how}: {status}").into());
        }
    }
    Ok(())
}

fn burst(events: u64, mebibytes: usize, how: &str) -> Result<(), Box<dyn Error>> {
    let down = FaultServer::reserve();
    let directory = tempfile::tempdir()?;
    let mut builder = tracker(&down.url())
        .max_queue_bytes(mebibytes << 20)
        .drop_timeout(Duration::ZERO);
    if how == "DropOldest" {
        builder = builder.overflow(Overflow::DropOldest);
    }
    if how == "spool" {
        builder = builder.spool(Spool::new(directory.path()).max_bytes(64 << 20));
    }
    let tracker = builder.build()?;
    emit(&tracker, events)?;
    let ledger = tracker.ledger();
    println!(
        "| {events} | {mebibytes} | {how} | {} | {} | {} |",
        peak_kib()?.div_ceil(1024),
        ledger.pending,
        ledger.dropped.total(),
    );
    if !ledger.is_balanced() {
        return Err(ledger.to_string().into());
    }
    Ok(())
}

fn emit(tracker: &Tracker, events: u64) -> Result<(), Box<dyn Error>> {
    let conversation = tracker.conversation(user());
    let event = CustomEvent::new("Note Taken")?;
    for number in 0..events {
        let text = "word ".repeat(100 + usize::try_from(number * 37 % 200)?);
        conversation.track(event.clone().property("text", text));
    }
    Ok(())
}

fn peak_kib() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.ok_or("no VmHWM")?.parse()?)
}
