//! Prints the tables for docs/delivery.md, which show what happens to events under each fault.
//!
//! `cargo run --release -p copilot-track-tests --bin fault-table -- [--quick] [--only TEXT]
//! [--events N] [--per-second N] [--seed N]`
//!
//! Under each fault, a tracker emits 40,000 events at 5,000 per second, in batches of 500. There
//! are four modes: the process shuts down or is killed (SIGKILL at a random moment), each with and
//! without a spool. With a spool, another tracker then sends the remaining events.
//!
//! `--quick` sends 4,000 events in 2 seconds, in batches of 50. `--only` selects the faults whose
//! names contain TEXT. `.ci/run` runs one fault. `.ci/full` runs all of them, which takes about 13
//! minutes.
//!
//! Fails if an event is neither delivered nor accounted for. An event is accounted for if the
//! ledger counts it as dropped. If the process was killed, the event must be in the dead-letter
//! file instead. A process that is killed without a spool loses events. The table shows how many.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement panics if it cannot continue"
)]

mod child;
mod faults;
mod row;
mod second_process;
mod server;

use std::env;
use std::error::Error;
use std::process::Command;

use copilot_track_tests::CrashChild;
use lexopt::Arg::Long;
use lexopt::ValueExt as _;
use rand::SeedableRng as _;
use rand::rngs::SmallRng;

use crate::child::CHILD;
use crate::faults::FAULTS;
use crate::row::{Load, Mode, Row};

const MODES: [(&str, Mode); 4] = [
    (
        "In memory",
        Mode {
            spool: false,
            killed: false,
        },
    ),
    (
        "With the spool",
        Mode {
            spool: true,
            killed: false,
        },
    ),
    (
        "With the spool, killed at a random moment",
        Mode {
            spool: true,
            killed: true,
        },
    ),
    (
        "In memory, killed at a random moment",
        Mode {
            spool: false,
            killed: true,
        },
    ),
];

/// The variable that is set if the signal SIGXFSZ is ignored.
const STARTED: &str = "FAULT_TABLE_STARTED";

/// Starts this program again, by a shell that ignores the signal SIGXFSZ. With this signal, a write
/// to a full disk would end the process.
fn restart(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let status = Command::new("sh")
        .args(["-c", r#"trap '' XFSZ && exec "$0" "$@""#])
        .arg(env::current_exe()?)
        .args(arguments)
        .env(STARTED, "1")
        .status()?;
    if !status.success() {
        return Err(format!("the measurement failed: {status}").into());
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [first, rest @ ..] = arguments.as_slice()
        && first == CHILD
    {
        return CrashChild::run(rest);
    }
    if cfg!(unix) && env::var_os(STARTED).is_none() {
        return restart(&arguments);
    }
    let mut load = Load {
        events: 40_000,
        per_second: 5_000,
        batch: 500,
    };
    let (mut only, mut seed) = (String::new(), 1);
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("quick") => {
                load = Load {
                    events: 4_000,
                    per_second: 2_000,
                    batch: 50,
                };
            }
            Long("only") => only = parser.value()?.string()?,
            Long("events") => load.events = parser.value()?.parse()?,
            Long("per-second") => load.per_second = parser.value()?.parse::<u64>()?.max(1),
            Long("seed") => seed = parser.value()?.parse()?,
            _ => return Err(argument.unexpected().into()),
        }
    }
    let mut random = SmallRng::seed_from_u64(seed);
    let mut unaccounted = 0;
    for (title, mode) in MODES {
        println!("\n### {title}\n\n{}", Row::HEAD);
        for fault in FAULTS.iter().filter(|fault| fault.name.contains(&only)) {
            let row = row::measure(fault, mode, load, &mut random);
            row.print();
            if mode.spool || !mode.killed {
                unaccounted += row.unaccounted();
            }
        }
    }
    if unaccounted > 0 {
        return Err(format!("{unaccounted} events are neither delivered nor accounted for").into());
    }
    Ok(())
}
