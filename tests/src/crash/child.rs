//! A process that emits numbered events until it is killed. After each group of events, it prints
//! the number that the next event will get. By then, all earlier events have been written to disk
//! or, without a spool, have been emitted.

use std::error::Error;
use std::io::{self, Write as _};
use std::process::Command;
use std::str::FromStr;
use std::time::{Duration, Instant};

use copilot_track::{Overflow, TrackerBuilder};

use crate::gate::Gate;
use crate::trackers::{numbered_event, test_user, tracker_builder};

/// Where a child stores the events that it emits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// In memory.
    Memory,
    /// In the spool.
    Spool,
    /// In memory, and in the spool when memory is full: [`Overflow::SpillToDisk`].
    Spill,
}

impl FromStr for Storage {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "memory" => Ok(Self::Memory),
            "spool" => Ok(Self::Spool),
            "spill" => Ok(Self::Spill),
            _ => Err(format!("`{text}` is not `memory`, `spool`, or `spill`")),
        }
    }
}

/// The arguments of a child.
#[derive(Debug, Clone, Copy)]
pub struct CrashChild<'a> {
    /// Where the child stores events.
    pub storage: Storage,
    /// The spool's directory.
    pub directory: &'a str,
    /// The endpoint.
    pub endpoint: &'a str,
    /// The number that the child's first event gets.
    pub first: u64,
    /// The number of events between two lines on stdout.
    pub group: u64,
    /// The number of events per second. 0 means as fast as possible.
    pub per_second: u64,
    /// The number of events per batch.
    pub flush_at: usize,
    /// The number of the first event at which the `before_send` hook blocks forever.
    pub blocked_from: Option<u64>,
}

impl CrashChild<'_> {
    /// Adds the arguments to a command. The program must pass them to [`run`](Self::run).
    pub fn add_args(&self, command: &mut Command) {
        let storage = match self.storage {
            Storage::Memory => "memory",
            Storage::Spool => "spool",
            Storage::Spill => "spill",
        };
        command.args([storage, self.directory, self.endpoint]);
        let numbers = [self.first, self.group, self.per_second];
        command.args(numbers.map(|number| number.to_string()));
        command.arg(self.flush_at.to_string());
        let blocked_from = self.blocked_from.map(|number| number.to_string());
        command.arg(blocked_from.as_deref().unwrap_or("never"));
    }

    /// Emits events as the arguments specify, until the process is killed.
    ///
    /// # Errors
    /// Returns an error if the arguments are invalid, if the tracker cannot be built, or if stdout
    /// is closed.
    pub fn run(arguments: &[String]) -> Result<(), Box<dyn Error>> {
        let [
            storage,
            directory,
            endpoint,
            first,
            group,
            per_second,
            flush_at,
            blocked_from,
        ] = arguments
        else {
            return Err(
                "arguments: STORAGE DIRECTORY ENDPOINT FIRST GROUP PER_SECOND FLUSH_AT BLOCKED_FROM"
                    .into(),
            );
        };
        CrashChild {
            storage: storage.parse()?,
            directory,
            endpoint,
            first: first.parse()?,
            group: group.parse()?,
            per_second: per_second.parse()?,
            flush_at: flush_at.parse()?,
            blocked_from: match blocked_from.as_str() {
                "never" => None,
                number => Some(number.parse()?),
            },
        }
        .emit()
    }

    fn builder(&self) -> TrackerBuilder {
        let mut builder = tracker_builder(self.endpoint).flush_at(self.flush_at);
        if let Some(number) = self.blocked_from {
            let (gate, blocker) = Gate::new();
            // The gate stays closed.
            std::mem::forget(gate);
            builder = blocker.block_from(number, builder);
        }
        match self.storage {
            Storage::Memory => builder,
            Storage::Spool => builder.spool(self.directory),
            Storage::Spill => builder
                .spool(self.directory)
                .overflow(Overflow::SpillToDisk)
                // Small, so that many events are spilled.
                .max_queue_events(100),
        }
    }

    fn emit(self) -> Result<(), Box<dyn Error>> {
        let _ends_by_itself =
            crate::full_disk::FullDisk::from_env().map(crate::full_disk::FullDisk::start);
        // Sends batches soon, so that a kill interrupts some of them.
        let tracker = self
            .builder()
            .flush_interval(Duration::from_millis(2))
            .build()?;
        let user = test_user();
        let begun = Instant::now();
        let mut number = self.first;
        loop {
            for _ in 0..self.group {
                if let Some(due) = ((number - self.first) * 1_000_000).checked_div(self.per_second)
                {
                    let early = Duration::from_micros(due).checked_sub(begun.elapsed());
                    std::thread::sleep(early.unwrap_or_default());
                }
                tracker.track(&user, numbered_event(number));
                number += 1;
            }
            let on_disk = self.storage == Storage::Memory
                || tracker.sync_blocking(Duration::from_secs(60)).complete;
            if on_disk {
                let mut stdout = io::stdout().lock();
                writeln!(stdout, "{number}")?;
                stdout.flush()?;
            }
        }
    }
}
