//! One fault, in one of the four ways in which a program can meet it.

use std::collections::BTreeSet;
use std::env;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use copilot_track::{Ledger, Tracker};
use copilot_track_tests::{Keeping, Log, Recorded, Victim, dead_letters, note, tracker, user};
use rand::Rng as _;
use rand::rngs::SmallRng;
use serde_json::Value;
use tempfile::TempDir;

use crate::VICTIM;
use crate::faults::Named;
use crate::server::World;

/// Longer than every fault, and a request's time-out.
const PATIENCE: Duration = Duration::from_secs(90);
/// For an endpoint that will never answer.
const IMPATIENCE: Duration = Duration::from_millis(500);

/// How events come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) events: u64,
    pub(crate) per_second: u64,
    /// Batches of so many, so that there are enough requests for chance to play its part.
    pub(crate) batch: usize,
}

impl Load {
    /// How long events come.
    fn whole(self) -> Duration {
        Duration::from_micros(self.events * 1_000_000 / self.per_second)
    }
}

/// How a program meets a fault.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mode {
    pub(crate) spool: bool,
    /// Whether it is killed, at a random moment.
    pub(crate) killed: bool,
}

/// What has become of the events of a row.
pub(crate) struct Row {
    name: &'static str,
    emitted: u64,
    arrived: u64,
    came_again: u64,
    counted: u64,
    in_dead_letters: u64,
    unaccounted: u64,
}

impl Row {
    pub(crate) const HEAD: &str = "\
        | fault | emitted | arrived | came more than once, same id | not arrived | counted as lost | in dead letters | unaccounted for |\n\
        | --- | --- | --- | --- | --- | --- | --- | --- |";

    pub(crate) fn print(&self) {
        println!(
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            self.name,
            self.emitted,
            self.arrived,
            self.came_again,
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

/// What a row comes to know.
struct Course {
    world: World,
    directory: Option<TempDir>,
    load: Load,
    /// The ledgers of the trackers that lived to tell.
    counted: u64,
}

/// Runs a row.
pub(crate) fn run(named: &Named, mode: Mode, load: Load, random: &mut SmallRng) -> Row {
    let mut course = Course {
        world: World::with((named.make)(), load.whole()),
        directory: mode
            .spool
            .then(|| tempfile::tempdir().expect("a directory")),
        load,
        counted: 0,
    };
    let emitted = if mode.killed {
        course.until_killed(random)
    } else {
        course.until_it_ends()
    };
    course.heir();
    let log = course.world.end();
    log.assert_resent_unchanged();
    let letters = course
        .directory
        .as_ref()
        .map(|directory| dead_letters(directory.path()));
    let accepted = log.events();
    let arrived = below(emitted, accepted.into_iter());
    let dead = below(emitted, letters.iter().flatten());
    let lost = emitted - arrived.len() as u64;
    let in_dead_letters = dead.difference(&arrived).count() as u64;
    // The ledger of a process that is killed dies with it.
    let accounted = if mode.killed {
        in_dead_letters
    } else {
        course.counted
    };
    Row {
        name: named.name,
        emitted,
        arrived: arrived.len() as u64,
        came_again: came_again(emitted, &log),
        counted: course.counted,
        in_dead_letters,
        unaccounted: lost.abs_diff(accounted),
    }
}

impl Course {
    fn tracker(&self, url: &str) -> Tracker {
        let builder = tracker(url).flush_at(self.load.batch);
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

    /// Emits all events, and ends well.
    fn until_it_ends(&mut self) -> u64 {
        let Load {
            events, per_second, ..
        } = self.load;
        let tracker = self.tracker(&self.world.url());
        let conversations: Vec<_> = (0..8).map(|_| tracker.conversation(user())).collect();
        let begun = Instant::now();
        for (number, conversation) in (0..events).zip(conversations.iter().cycle()) {
            let due = Duration::from_micros(number * 1_000_000 / per_second);
            if let Some(early) = due.checked_sub(begun.elapsed()) {
                std::thread::sleep(early);
            }
            self.world.go_on(begun.elapsed());
            conversation.track(note(number));
        }
        self.world.go_on(Duration::MAX);
        let patience = if self.world.is_misconfigured() {
            IMPATIENCE
        } else {
            PATIENCE
        };
        let report = tracker.shutdown_blocking(patience);
        self.count(report.ledger);
        events
    }

    /// Has a process emit, and kills it at a random moment. Says how many events it had emitted or,
    /// with a spool, knew to be on disk.
    fn until_killed(&mut self, random: &mut SmallRng) -> u64 {
        let directory = self.directory.as_ref().map(TempDir::path);
        let mut command = Command::new(env::current_exe().expect("this program"));
        Victim {
            keeping: directory.map_or(Keeping::Memory, |_| Keeping::Spool),
            directory: directory.and_then(Path::to_str).unwrap_or_default(),
            endpoint: &self.world.url(),
            first: 0,
            group: 50,
            per_second: self.load.per_second,
            flush_at: self.load.batch,
        }
        .describe(command.arg(VICTIM));
        let mut victim = command.stdout(Stdio::piped()).spawn().expect("a victim");
        let lines = BufReader::new(victim.stdout.take().expect("its stdout")).lines();
        let told = std::thread::spawn(move || lines.map_while(Result::ok).last());
        let begun = Instant::now();
        let until = self.load.whole().mul_f64(random.random_range(0.1..0.9));
        while begun.elapsed() < until {
            self.world.go_on(begun.elapsed());
            std::thread::sleep(Duration::from_millis(1));
        }
        victim.kill().expect("a kill");
        victim.wait().expect("an end");
        self.world.go_on(Duration::MAX);
        told.join()
            .expect("a reader")
            .map_or(0, |line| line.parse().expect("a number"))
    }

    /// With a spool, another tracker sends what was left, to where the server is.
    fn heir(&mut self) {
        if self.directory.is_none() {
            return;
        }
        let tracker = self.tracker(&self.world.right_url());
        let report = tracker.shutdown_blocking(PATIENCE);
        assert!(report.complete, "{report}");
        self.count(report.ledger);
    }
}

fn number(event: &Value) -> Option<u64> {
    event["properties"]["number"].as_u64()
}

/// The numbers of events that count.
fn below<'a>(end: u64, events: impl Iterator<Item = &'a Value>) -> BTreeSet<u64> {
    events
        .filter_map(number)
        .filter(|number| *number < end)
        .collect()
}

/// How many of them were read more than once, accepted or not.
fn came_again(end: u64, log: &Log) -> u64 {
    let (mut once, mut again) = (BTreeSet::new(), BTreeSet::new());
    let events = log.requests.iter().flat_map(Recorded::events);
    for number in events.filter_map(number).filter(|number| *number < end) {
        if !once.insert(number) {
            again.insert(number);
        }
    }
    again.len() as u64
}
