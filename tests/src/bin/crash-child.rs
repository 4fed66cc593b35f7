//! Emits numbered events until it is killed. The spool tests start and kill it.
//!
//! Arguments: `memory`, `spool` or `spill`; the spool's directory; the endpoint; the number of the
//! first event; events per line of output; events per second (0: as fast as possible); events per
//! batch. After each group of events it prints the number of the next one: all events below it are
//! on disk or, with `memory`, emitted.

use std::error::Error;

use copilot_track_tests::CrashChild;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    CrashChild::run(&arguments)
}
