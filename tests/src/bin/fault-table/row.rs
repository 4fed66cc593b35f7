//! Runs one row of the table: one fault in one mode.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use copilot_track::{Ledger, Tracker, TrackerBuilder};
use copilot_track_tests::{
    CrashChild, FullDisk, Gate, RecordedRequest, RequestLog, Storage, numbered_event,
    read_dead_letters, test_user, tracker_builder,
};
use rand::Rng as _;
use rand::rngs::SmallRng;
use serde_json::Value;
use tempfile::TempDir;

use crate::child;
use crate::faults::{Fault, NamedFault};
use crate::second_process::SecondProcess;
use crate::server::FaultyServer;

/// The timeout of a shutdown. It is longer than every fault and longer than a request's timeout.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(90);
/// The timeout of a shutdown that cannot succeed, because the endpoint never works or the hook
/// blocks.
const HOPELESS_TIMEOUT: Duration = Duration::from_millis(500);
/// A shutdown returns at most this long after its timeout, even if the delivery thread is blocked.
const MAX_DELAY: Duration = Duration::from_millis(250);

/// The load of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) events: u64,
    pub(crate) per_second: u64,
    /// The number of events per batch. It is small, so that random faults affect several requests.
    pub(crate) batch: usize,
}

impl Load {
    /// Returns how long it takes to emit all events.
    fn duration(self) -> Duration {
        Duration::from_micros(self.events * 1_000_000 / self.per_second)
    }
}

/// Where a process stores its events, and how the process ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mode {
    pub(crate) spool: bool,
    /// Whether the process is killed at a random moment.
    pub(crate) killed: bool,
}

/// The counts in one row of the table.
pub(crate) struct Row {
    name: &'static str,
    emitted: u64,
    arrived: u64,
    duplicated: u64,
    counted: u64,
    in_dead_letters: u64,
    unaccounted: u64,
}

impl Row {
    pub(crate) const HEAD: &str = "\
        | fault | emitted | arrived | arrived more than once | not arrived | counted as dropped | in dead letters | unaccounted for |\n\
        | --- | --- | --- | --- | --- | --- | --- | --- |";

    pub(crate) fn print(&self) {
        println!(
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            self.name,
            self.emitted,
            self.arrived,
            self.duplicated,
            self.emitted - self.arrived,
            self.counted,
            self.in_dead_letters,
            self.unaccounted,
        );
    }

    pub(crate) fn unaccounted(&self) -> u64 {
        self.unaccounted
    }
}

/// The state of a run.
struct Run {
    server: FaultyServer,
    directory: Option<TempDir>,
    /// The period in which the disk is full.
    disk: Option<FullDisk>,
    has_second_process: bool,
    load: Load,
    /// The number of events that the trackers' ledgers count as dropped.
    counted: u64,
}

/// Emits events in one mode while the fault occurs, and returns the counts.
pub(crate) fn measure(fault: &NamedFault, mode: Mode, load: Load, random: &mut SmallRng) -> Row {
    let name = fault.name;
    let fault = (fault.make)();
    let mut run = Run {
        disk: fault.full_disk(load.duration()),
        has_second_process: matches!(fault, Fault::SecondProcess(_)),
        server: FaultyServer::new(fault, load.duration()),
        directory: mode
            .spool
            .then(|| tempfile::tempdir().expect("a directory")),
        load,
        counted: 0,
    };
    let emitted = if mode.killed {
        run.emit_until_killed(random)
    } else {
        run.emit_all()
    };
    run.drain_spool();
    let blocks_hook = run.server.blocks_hook();
    let log = run.server.into_log();
    log.assert_resent_unchanged();
    let dead_letters = run
        .directory
        .as_ref()
        .map(|directory| read_dead_letters(directory.path()));
    let accepted = log.events();
    let arrived = numbers_below(emitted, accepted.into_iter());
    let refused = numbers_below(emitted, dead_letters.iter().flatten());
    let lost = emitted - arrived.len() as u64;
    let in_dead_letters = refused.difference(&arrived).count() as u64;
    // A process that is killed leaves no ledger.
    let accounted = if mode.killed {
        in_dead_letters
    } else {
        run.counted
    };
    Row {
        name,
        emitted,
        arrived: arrived.len() as u64,
        duplicated: duplicated(emitted, &log),
        counted: run.counted,
        in_dead_letters,
        // If a shutdown times out while the hook blocks, the responses to some requests have not
        // been read. The events of these requests count as dropped, although they arrived.
        unaccounted: if blocks_hook {
            lost.saturating_sub(accounted)
        } else {
            lost.abs_diff(accounted)
        },
    }
}

impl Run {
    fn tracker(&self, url: &str) -> Tracker {
        self.tracker_with(url, |builder| builder)
    }

    fn tracker_with(
        &self,
        url: &str,
        configure: impl FnOnce(TrackerBuilder) -> TrackerBuilder,
    ) -> Tracker {
        let builder = configure(tracker_builder(url).flush_at(self.load.batch));
        match &self.directory {
            Some(directory) => builder.spool(directory.path()),
            None => builder,
        }
        .build()
        .expect("a tracker")
    }

    fn count(&mut self, ledger: Ledger) {
        assert!(ledger.is_balanced(), "{ledger}");
        self.counted += ledger.dropped.total();
    }

    /// Starts the second process, if the fault has one, as soon as the spool is in use.
    fn second_process(&self, in_use: &Arc<AtomicBool>) -> Option<SecondProcess> {
        let directory = self
            .directory
            .as_ref()
            .filter(|_| self.has_second_process)?;
        Some(SecondProcess::start(directory.path(), Arc::clone(in_use)))
    }

    /// Emits all events and shuts down.
    fn emit_all(&mut self) -> u64 {
        let Load {
            events, per_second, ..
        } = self.load;
        let disk = self.disk.map(FullDisk::start);
        let blocked_from = self.blocked_from();
        let gate = blocked_from.map(|_| Gate::new());
        let tracker =
            self.tracker_with(&self.server.url(), |builder| match (&gate, blocked_from) {
                (Some((_, blocker)), Some(number)) => blocker.clone().block_from(number, builder),
                _ => builder,
            });
        let second = self.second_process(&Arc::new(AtomicBool::new(true)));
        let conversations: Vec<_> = (0..8).map(|_| tracker.conversation(test_user())).collect();
        let begun = Instant::now();
        for (number, conversation) in (0..events).zip(conversations.iter().cycle()) {
            let due = Duration::from_micros(number * 1_000_000 / per_second);
            if let Some(early) = due.checked_sub(begun.elapsed()) {
                std::thread::sleep(early);
            }
            self.server.advance(begun.elapsed());
            conversation.track(numbered_event(number));
        }
        self.server.advance(Duration::MAX);
        if let Some(second) = second {
            second.stop();
        }
        let timeout = if self.server.is_misconfigured() || self.server.blocks_hook() {
            HOPELESS_TIMEOUT
        } else {
            SHUTDOWN_TIMEOUT
        };
        let begun = Instant::now();
        let mut report = tracker.shutdown_blocking(timeout);
        if let Some((gate, _)) = gate {
            let took = begun.elapsed();
            assert!(took <= timeout + MAX_DELAY, "the shutdown took {took:?}");
            assert!(report.ledger.pending > 0, "{report}");
            drop(gate);
            // The delivery thread continues, and ends.
            report = tracker.flush_blocking(SHUTDOWN_TIMEOUT);
        }
        if let Some(disk) = disk {
            disk.join().expect("the disk has room again");
        }
        self.count(report.ledger);
        events
    }

    /// Returns the number of the first event at which the hook blocks.
    fn blocked_from(&self) -> Option<u64> {
        self.server.blocks_hook().then_some(self.load.events / 2)
    }

    /// Starts a process that emits events, and kills it at a random moment. Returns the number of
    /// events that the process had reported as emitted or, with a spool, as written to disk.
    fn emit_until_killed(&mut self, random: &mut SmallRng) -> u64 {
        let directory = self.directory.as_ref().map(TempDir::path);
        let mut command = child::command(CrashChild {
            storage: directory.map_or(Storage::Memory, |_| Storage::Spool),
            directory: directory.and_then(Path::to_str).unwrap_or_default(),
            endpoint: &self.server.url(),
            first: 0,
            group: 50,
            per_second: self.load.per_second,
            flush_at: self.load.batch,
            blocked_from: self.blocked_from(),
        });
        if let Some(disk) = self.disk {
            disk.add_to(&mut command);
        }
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .expect("a child process");
        let lines = BufReader::new(child.stdout.take().expect("its stdout")).lines();
        let in_use = Arc::new(AtomicBool::new(false));
        let second = self.second_process(&in_use);
        let last_line = std::thread::spawn(move || {
            let lines = lines.map_while(Result::ok);
            lines
                .inspect(|_| in_use.store(true, Ordering::Relaxed))
                .last()
        });
        let begun = Instant::now();
        let until = self.load.duration().mul_f64(random.random_range(0.1..0.9));
        while begun.elapsed() < until {
            self.server.advance(begun.elapsed());
            std::thread::sleep(Duration::from_millis(1));
        }
        if let Some(second) = second {
            second.stop();
        }
        child.kill().expect("the child can be killed");
        child.wait().expect("the child can be waited for");
        self.server.advance(Duration::MAX);
        last_line
            .join()
            .expect("a reader")
            .map_or(0, |line| line.parse().expect("a number"))
    }

    /// Sends the events that are left in the spool, if any, to the real endpoint.
    fn drain_spool(&mut self) {
        if self.directory.is_none() {
            return;
        }
        let tracker = self.tracker(&self.server.real_url());
        let report = tracker.shutdown_blocking(SHUTDOWN_TIMEOUT);
        assert!(report.complete, "{report}");
        self.count(report.ledger);
    }
}

fn event_number(event: &Value) -> Option<u64> {
    event["properties"]["number"].as_u64()
}

/// Returns the event numbers that are below `end`.
fn numbers_below<'a>(end: u64, events: impl Iterator<Item = &'a Value>) -> BTreeSet<u64> {
    events
        .filter_map(event_number)
        .filter(|number| *number < end)
        .collect()
}

/// Returns the number of events that the server read more than once, accepted or not.
fn duplicated(end: u64, log: &RequestLog) -> u64 {
    let (mut once, mut again) = (BTreeSet::new(), BTreeSet::new());
    let events = log.requests.iter().flat_map(RecordedRequest::events);
    for number in events
        .filter_map(event_number)
        .filter(|number| *number < end)
    {
        if !once.insert(number) {
            again.insert(number);
        }
    }
    again.len() as u64
}
