//! The messages that killed replicas lost.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

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
    longest_write: Duration,
    /// The longest time by which a sleeping thread woke up late.
    longest_delay: Duration,
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
        let mut last_failure = None;
        let mut in_progress = None;
        // The last line of a killed replica may be incomplete.
        let complete = log.rfind('\n').map_or("", |end| &log[..end]);
        for line in complete.lines() {
            let words: Vec<_> = line.split(' ').collect();
            match words[..] {
                ["counted", at, message] => {
                    counted.entry(message).or_insert_with(|| time(at));
                }
                ["delay", delay] => self.longest_delay = self.longest_delay.max(time(delay)),
                ["started", start] => in_progress = Some(time(start)),
                ["written", start, end] => {
                    in_progress = None;
                    self.longest_write = self
                        .longest_write
                        .max(time(end).saturating_sub(time(start)));
                }
                ["failed", start, _] => {
                    in_progress = None;
                    last_failure = Some(time(start));
                }
                _ => panic!("unknown line {line}"),
            }
        }
        if let (Some(start), Some(killed)) = (in_progress, incarnation.killed) {
            self.longest_write = self.longest_write.max(killed.saturating_sub(start));
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
            // A write that failed before contained the message, or came before it.
            if last_failure.is_some_and(|failure| failure >= at) {
                self.lost_in_outage += 1;
            } else {
                self.oldest = self.oldest.max(killed.saturating_sub(at));
            }
        }
    }

    /// Checks that the lost messages were counted in the last flush interval before a kill, or
    /// during the write that was then in progress. The thread that writes can wake up late before
    /// this write and before the previous one.
    pub(crate) fn check(&self, flush_interval: Duration) {
        let bound = flush_interval + self.longest_write + 2 * self.longest_delay;
        assert!(self.oldest <= bound, "{self}, but the bound is {bound:?}");
        assert_eq!(self.missing_of_running, 0);
    }
}

impl fmt::Display for Losses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} messages lost ({} while the server was down), counted at most {:?} before the kill; \
             the longest write took {:?}, and a thread woke up at most {:?} late",
            self.lost.len(),
            self.lost_in_outage,
            self.oldest,
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
