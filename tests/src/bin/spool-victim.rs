//! A program that is killed: it emits numbered events into a spool, and says on stdout, a line each,
//! up to which number they are on disk.
//!
//! Arguments: the spool's directory, the endpoint, the first number.

use std::env;
use std::error::Error;
use std::io::{self, Write as _};
use std::time::Duration;

use copilot_track::{CustomEvent, Tracker, User};

/// So many events come between two looks at the disk.
const GROUP: u64 = 7;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [directory, endpoint, first] = arguments.as_slice() else {
        return Err("arguments: DIRECTORY ENDPOINT FIRST".into());
    };
    let mut number: u64 = first.parse()?;
    let tracker = Tracker::builder()
        .write_key("test-key")
        .endpoint(endpoint)
        .flush_interval(Duration::from_millis(2))
        .spool(directory.as_str())
        .build()?;
    let user = User::known("123")?;
    loop {
        for _ in 0..GROUP {
            let event = CustomEvent::new("Note Taken")?.property("number", number);
            tracker.track(&user, event);
            number += 1;
        }
        let report = tracker.sync_blocking(Duration::from_secs(60));
        if report.complete {
            let mut stdout = io::stdout().lock();
            writeln!(stdout, "{number}")?;
            stdout.flush()?;
        }
    }
}
