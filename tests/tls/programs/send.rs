//! Sends one event and prints the outcome. The first argument is the URL. The second argument, if
//! there is one, is a file of additional root certificates. Warnings are written to stderr.

use std::fmt::{self, Write as _};
use std::time::{Duration, Instant};

use copilot_track::{CustomEvent, Tracker, TrackerBuilder, User};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

pub fn send(add_roots: fn(TrackerBuilder, Vec<u8>) -> TrackerBuilder) {
    tracing::subscriber::set_global_default(Stderr).expect("the only subscriber");
    let mut args = std::env::args().skip(1);
    let mut builder = Tracker::builder()
        .write_key("test-key")
        .endpoint(args.next().expect("a URL"));
    if let Some(file) = args.next() {
        builder = add_roots(builder, std::fs::read(file).expect("a file"));
    }
    let tracker = match builder.build() {
        Ok(tracker) => tracker,
        Err(error) => return println!("{error:?}"),
    };
    let event = CustomEvent::new("Note Taken").expect("a name");
    tracker.track(&User::known("123").expect("an id"), event);
    let start = Instant::now();
    // Wait until the event is delivered or delivery has failed repeatedly.
    while tracker.ledger().delivered == 0 && tracker.ledger().retries < 3 {
        let _ = tracker.flush_blocking(Duration::from_millis(50));
        assert!(start.elapsed() < Duration::from_secs(60));
    }
    let delivered = tracker.ledger().delivered == 1;
    println!(
        "{}",
        if delivered {
            "delivered"
        } else {
            "not delivered"
        }
    );
    // The outcome is known. `exit` does not drop the tracker; dropping it would log a warning about
    // an undelivered event.
    std::process::exit(0);
}

struct Stderr;

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {field}={value:?}").expect("a write to a string cannot fail");
    }
}

impl Subscriber for Stderr {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN && metadata.target().starts_with("copilot_track")
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        eprintln!("{}", line.0);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
