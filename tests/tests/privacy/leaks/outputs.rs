//! The ways in which data leaves the process.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use copilot_track::segment::{self, Client, Message};
use copilot_track::{Tracker, TrackerBuilder};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, TEST_TIMEOUT, flush_until_complete, tracker_builder,
};

/// A buffer that is both a writer and a client.
#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<String>>);

impl Buffer {
    fn add(&self, text: &str) {
        let mut buffer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        buffer.push_str(text);
    }

    fn take(&self) -> String {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.add(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[async_trait::async_trait]
impl Client for Buffer {
    async fn send(&self, _: String, message: Message) -> segment::Result<()> {
        self.add(&format!("{message:?} {}", serde_json::to_string(&message)?));
        Ok(())
    }
}

/// Returns the contents of all files in a directory.
fn files(directory: &Path) -> String {
    let entries = fs::read_dir(directory).into_iter().flatten();
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned())
        .collect()
}

/// An output, with its configuration and a function that reads its contents.
pub(super) struct Output {
    pub(super) name: &'static str,
    pub(super) builder: TrackerBuilder,
    pub(super) contents: Box<dyn Fn() -> String>,
}

pub(super) fn outputs(directory: &Path) -> Vec<Output> {
    let mut outputs = Vec::new();
    let bodies = |server: &FaultServer| -> String {
        let log = server.log();
        let text = |request: &copilot_track_tests::RecordedRequest| format!("{request:?}");
        log.requests.iter().map(text).collect()
    };
    for (name, behavior) in [
        ("requests", Behavior::ok()),
        ("dead letters", Behavior::status(400)),
        ("failing", Behavior::status(500)),
    ] {
        let server = FaultServer::start(FaultPlan::always(behavior));
        let letters = directory.join(name).join("letters.jsonl");
        outputs.push(Output {
            name,
            builder: tracker_builder(&server.url())
                .dead_letters(&letters)
                .max_retries(2),
            contents: Box::new(move || bodies(&server) + &files(letters.parent().unwrap())),
        });
    }
    let down = FaultServer::reserve().url();
    let spool = directory.join("spool");
    outputs.push(Output {
        name: "spool",
        builder: tracker_builder(&down).spool(spool.as_path()),
        contents: Box::new(move || files(&spool)),
    });
    let lines = Buffer::default();
    let written = lines.clone();
    outputs.push(Output {
        name: "JSON lines",
        builder: Tracker::builder().json_lines(lines),
        contents: Box::new(move || written.take()),
    });
    let client = Buffer::default();
    let sent = client.clone();
    outputs.push(Output {
        name: "client",
        builder: Tracker::builder().write_key("k").segment_client(client),
        contents: Box::new(move || sent.take()),
    });
    let hook = Buffer::default();
    let shown = hook.clone();
    outputs.push(Output {
        name: "hook",
        builder: Tracker::builder()
            .json_lines(io::sink())
            .before_send(move |message| {
                hook.add(&format!(
                    "{message:?} {}",
                    serde_json::to_string(&message).unwrap()
                ));
                Some(message)
            }),
        contents: Box::new(move || shown.take()),
    });
    outputs
}

pub(super) fn finish(tracker: &Tracker, name: &str) -> String {
    if name == "spool" {
        assert!(tracker.sync_blocking(TEST_TIMEOUT).complete);
        let report = tracker.shutdown_blocking(Duration::from_millis(1));
        return format!("{report:?} {report}");
    }
    let report = flush_until_complete(tracker);
    format!("{report:?} {report} {:?}", tracker.rejected_by_status())
}
