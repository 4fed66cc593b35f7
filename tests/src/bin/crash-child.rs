//! Emits numbered events until it is killed. The spool tests start and kill this program.
//!
//! The arguments are, in this order:
//!
//! - `memory`, `spool`, or `spill`
//! - the spool's directory
//! - the endpoint
//! - the number that the first event gets
//! - the number of events per line of output
//! - the number of events per second (0 means as fast as possible)
//! - the number of events per batch
//! - the number of the first event at which a hook blocks forever, or `never`
//!
//! After each group of events, the program prints the number that the next event will get. By then,
//! all earlier events have been written to disk or, with `memory`, have been emitted.
//!
//! If the first argument is `replay`, the program replays a file of dead letters instead. The other
//! arguments are then the file, the file for letters that are rejected again, the endpoint, and
//! optionally the spool's directory.

use std::error::Error;

use copilot_track_tests::CrashChild;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [first, rest @ ..] if first == "replay" => copilot_track_tests::replay(rest),
        arguments => CrashChild::run(arguments),
    }
}
