//! The messages that killed replicas lost.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::FLUSH_INTERVAL;
use crate::common::Server;

/// A process of a replica.
pub(crate) struct Incarnation {
    pub(crate) replica: usize,
    pub(crate) log: PathBuf,
    /// The time just before the process was killed.
    pub(crate) killed: Option<Duration>,
}

impl Incarnation {
    pub(crate) fn new(replica: usize, directory: &Path) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self {
            replica,
            log: directory.join(format!("{number}.log")),
            killed: None,
        }
    }
}

/// The messages that killed replicas lost, and what the loss depends on.
#[derive(Default)]
pub(crate) struct Losses {
    /// The messages that running replicas have counted, but not written.
    pub(crate) missing_of_running: usize,
    lost: HashSet<String>,
    /// The messages that were lost because the server was down when the replica was killed.
    lost_in_outage: usize,
    /// The longest time between counting a lost message and the kill, without those of outages.
    oldest: Duration,
    /// The longest time by which the oldest lost message of a kill exceeds the bound of this kill,
    /// without the delays of the machine.
    late_by: Duration,
    /// The writes that were in progress at a kill, and how long they had taken.
    interrupted: Vec<Duration>,
    longest_write: Duration,
    /// The longest time by which a sleeping thread woke up late.
    longest_delay: Duration,
}

/// The writes of a killed replica.
#[derive(Default)]
struct Writes {
    /// The start of the write in progress.
    in_progress: Option<Duration>,
    /// The start and the end of the last complete write.
    last: Option<(Duration, Duration)>,
    /// The end of the complete write before that.
    previous_end: Duration,
    last_failure: Option<Duration>,
    /// The number of complete writes since the last failure.
    since_failure: usize,
}

impl Writes {
    /// The number of writes after a failure that may lack newer messages. The updates that failed
    /// are written first.
    const RECOVERY: usize = 4;

    fn complete(&mut self, start: Duration, end: Duration) {
        self.since_failure += 1;
        self.in_progress = None;
        let last = self.last.replace((start, end));
        self.previous_end = last.map_or(Duration::ZERO, |(_, end)| end);
    }

    /// Returns how old a message can be that is lost by a kill at `killed`: one flush interval, or
    /// the last write if that took longer, and the write in progress.
    fn bound(&self, killed: Duration) -> Duration {
        let last = self
            .last
            .map_or(Duration::ZERO, |(start, end)| end.saturating_sub(start));
        let in_progress = self.in_progress.map(|start| killed.saturating_sub(start));
        last.max(FLUSH_INTERVAL) + in_progress.unwrap_or_default()
    }

    /// Returns whether a message that was counted at `at` was delayed by a failed write.
    fn is_delayed(&self, at: Duration) -> bool {
        self.last_failure
            .is_some_and(|failure| failure >= at || self.since_failure < Self::RECOVERY)
    }
}

impl Losses {
    /// Compares what the replicas logged with what the store has.
    pub(crate) fn read(incarnations: &[Incarnation], server: &Server) -> Self {
        let mut losses = Self::default();
        for incarnation in incarnations {
            losses.add(incarnation, server);
        }
        losses
    }

    fn add(&mut self, incarnation: &Incarnation, server: &Server) {
        let log = std::fs::read_to_string(&incarnation.log).unwrap_or_default();
        // The times at which messages were counted first.
        let mut counted: BTreeMap<&str, Duration> = BTreeMap::new();
        let mut writes = Writes::default();
        // The last line of a killed replica may be incomplete.
        let complete = log.rfind('\n').map_or("", |end| &log[..end]);
        for line in complete.lines() {
            let words: Vec<_> = line.split(' ').collect();
            match words[..] {
                ["counted", at, message] => {
                    counted.entry(message).or_insert_with(|| time(at));
                }
                ["delay", delay] => self.longest_delay = self.longest_delay.max(time(delay)),
                ["started", start] => writes.in_progress = Some(time(start)),
                ["written", start, end] => {
                    let (start, end) = (time(start), time(end));
                    writes.complete(start, end);
                    self.longest_write = self.longest_write.max(end.saturating_sub(start));
                }
                ["failed", start, _] => {
                    writes.in_progress = None;
                    writes.last_failure = Some(time(start));
                    writes.since_failure = 0;
                }
                _ => panic!("unknown line {line}"),
            }
        }
        if let (Some(start), Some(killed)) = (writes.in_progress, incarnation.killed) {
            self.interrupted.push(killed.saturating_sub(start));
        }
        let ids: HashSet<_> = counted
            .keys()
            .map(|message| conversation(message))
            .collect();
        let stored = stored_messages(server, &ids.into_iter().collect::<Vec<_>>());
        for (message, at) in counted {
            if stored[&conversation(message)].contains(message) {
                continue;
            }
            let Some(killed) = incarnation.killed else {
                self.missing_of_running += 1;
                continue;
            };
            self.lost.insert(message.to_owned());
            if writes.is_delayed(at) {
                self.lost_in_outage += 1;
                continue;
            }
            // The last complete write has all messages that were counted before the previous one
            // ended. This does not depend on the speed of the machine.
            assert!(
                at >= writes.previous_end,
                "{message} should have been written"
            );
            let age = killed.saturating_sub(at);
            self.oldest = self.oldest.max(age);
            let late_by = age.saturating_sub(writes.bound(killed));
            self.late_by = self.late_by.max(late_by);
        }
    }

    /// Checks that the lost messages were counted in the last flush interval before a kill (or
    /// during the last complete write, if that took longer), or during the write that was in
    /// progress at the kill. The thread that writes can wake up late before both writes.
    pub(crate) fn check(&self) {
        let tolerance = 2 * self.longest_delay;
        assert!(self.late_by <= tolerance, "{self}");
        assert_eq!(self.missing_of_running, 0);
    }
}

impl fmt::Display for Losses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} messages lost ({} while the server was down), counted at most {:?} before the kill, \
             which exceeds a flush interval and the write in progress by {:?}; kills interrupted \
             writes after {:?}; the longest complete write took {:?}, and a thread woke up at most \
             {:?} late",
            self.lost.len(),
            self.lost_in_outage,
            self.oldest,
            self.late_by,
            self.interrupted,
            self.longest_write,
            self.longest_delay,
        )
    }
}

fn time(nanoseconds: &str) -> Duration {
    Duration::from_nanos(nanoseconds.parse().unwrap())
}

/// Returns the conversation of a message, such as `c-1` of `c-1-s-0`.
fn conversation(message: &str) -> String {
    let mut parts = message.rsplitn(3, '-');
    parts.nth(2).unwrap().to_owned()
}

/// Returns the messages that the store has, by conversation.
pub(crate) fn stored_messages(server: &Server, ids: &[String]) -> HashMap<String, HashSet<String>> {
    // An empty pipeline is an error.
    if ids.is_empty() {
        return HashMap::new();
    }
    let client = redis::Client::open(server.url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    let mut pipeline = redis::pipe();
    for id in ids {
        let key = format!("copilot-track:1:{{c-{id}}}:known");
        pipeline.cmd("ZRANGE").arg(key).arg(0).arg(-1);
    }
    let known: Vec<Vec<String>> = pipeline.query(&mut connection).unwrap();
    let messages = known.into_iter().map(|entries| {
        // The first character is the direction, or `u` for the id of an update.
        let messages = entries.iter().filter(|entry| !entry.starts_with('u'));
        messages.map(|entry| entry[1..].to_owned()).collect()
    });
    ids.iter().cloned().zip(messages).collect()
}
