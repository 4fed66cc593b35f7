//! Replica processes behind a random load balancer.
//!
//! The parent test starts its own executable as replicas. Each replica answers requests from its
//! standard input, and writes its events to a file. `COPILOT_TRACK_FULL=1` selects the full size: 2
//! and 8 replicas, 200 conversations, and 20 turns.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot continue fails"
)]

mod common;

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead as _, BufReader, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use copilot_track::spec::{MessageReceived, MessageSent};
use copilot_track::{Conversations, TrackEvent as _, Tracker, User};
use copilot_track_redis::RedisStore;
use serde_json::Value;
use tempfile::TempDir;

use crate::common::{Server, TIMEOUT};

const URL: &str = "COPILOT_TRACK_TEST_URL";
const FILE: &str = "COPILOT_TRACK_TEST_FILE";
const FLUSH_INTERVAL: Duration = Duration::from_millis(50);
const IDLE: Duration = Duration::from_secs(3);

/// The body of a replica process. Without the environment variables, it does nothing.
#[tokio::test]
async fn replica_process() {
    let (Ok(url), Ok(file)) = (std::env::var(URL), std::env::var(FILE)) else {
        return;
    };
    let output = std::fs::File::options()
        .append(true)
        .create(true)
        .open(file);
    let tracker = Tracker::builder()
        .write_key("key")
        .endpoint("http://127.0.0.1:9") // not used, and needs no TLS
        .flush_interval(FLUSH_INTERVAL)
        .json_lines(output.unwrap())
        .build()
        .unwrap();
    let conversations = Conversations::builder(&tracker)
        .store(RedisStore::connect(url).await.unwrap())
        .end_after_idle(IDLE)
        .build();
    println!("ready");
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let words: Vec<_> = line.split(' ').collect();
        match words[..] {
            ["turn", id, number] => {
                let user = User::known("123").unwrap();
                let conversation = conversations.open(id, user).await.unwrap();
                let question = MessageSent::new("?").message_id(format!("{id}-s-{number}"));
                let answer = MessageReceived::new("!").message_id(format!("{id}-r-{number}"));
                conversation.turn_with(question).reply_with(answer);
            }
            ["end", id] => {
                let user = User::known("123").unwrap();
                conversations.open(id, user).await.unwrap();
                conversations.end(id);
            }
            _ => panic!("unknown request {line}"),
        }
        println!("ok");
    }
    let report = tracker.shutdown(TIMEOUT).await;
    assert_eq!(report.ledger.dropped.total(), 0);
}

/// A replica process, as the load balancer sees it.
struct Replica {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// The messages that the replica acknowledged: the conversation and the time.
    acknowledged: Vec<(String, Instant)>,
}

impl Replica {
    fn start(url: &str, file: &Path) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["replica_process", "--exact", "--nocapture"])
            .env(URL, url)
            .env(FILE, file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut replica = Self {
            input: process.stdin.take().unwrap(),
            output: BufReader::new(process.stdout.take().unwrap()),
            process,
            acknowledged: Vec::new(),
        };
        assert!(replica.read("ready"), "the replica does not start");
        replica
    }

    /// Reads lines until one ends with `expected`. Returns `false` at the end of the output.
    fn read(&mut self, expected: &str) -> bool {
        let mut line = String::new();
        while self.output.read_line(&mut line).unwrap_or(0) > 0 {
            if line.trim_end().ends_with(expected) {
                return true;
            }
            line.clear();
        }
        false
    }

    fn request(&mut self, request: &str) -> bool {
        writeln!(self.input, "{request}").is_ok() && self.read("ok")
    }

    fn stop(self) {
        let Self {
            mut process,
            input,
            mut output,
            ..
        } = self;
        drop(input);
        let _ = std::io::copy(&mut output, &mut std::io::sink());
        assert!(process.wait().unwrap().success());
    }
}

struct Fleet {
    replicas: Vec<Mutex<Replica>>,
    /// The ids of the processes.
    processes: Vec<AtomicU32>,
    /// The number of acknowledged requests.
    acknowledged: AtomicUsize,
    url: String,
    directory: TempDir,
    random: AtomicU64,
    /// The messages per conversation that killed replicas may have lost.
    may_be_lost: Mutex<HashMap<String, u64>>,
}

impl Fleet {
    fn start(url: &str, replicas: usize) -> Self {
        let directory = TempDir::new().unwrap();
        let start = |number: usize| Replica::start(url, &file(&directory, number));
        let replicas: Vec<_> = (0..replicas).map(start).collect();
        let processes = replicas.iter().map(|replica| replica.process.id());
        Self {
            processes: processes.map(AtomicU32::new).collect(),
            acknowledged: AtomicUsize::new(0),
            replicas: replicas.into_iter().map(Mutex::new).collect(),
            url: url.to_owned(),
            directory,
            random: AtomicU64::new(1),
            may_be_lost: Mutex::default(),
        }
    }

    /// Returns a pseudorandom number below `limit`.
    fn random(&self, limit: usize) -> usize {
        let seed = self
            .random
            .fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((mixed >> 33) % limit as u64) as usize
    }

    /// Sends a request to replicas until one of them acknowledges it.
    fn request(&self, id: &str, request: &str) {
        loop {
            let replica = &self.replicas[self.random(self.replicas.len())];
            let mut replica = replica.lock().unwrap();
            if replica.request(request) {
                replica.acknowledged.push((id.to_owned(), Instant::now()));
                self.acknowledged.fetch_add(1, Ordering::Relaxed);
                return;
            }
            drop(replica);
            std::thread::yield_now();
        }
    }

    fn turn(&self, id: &str, number: usize) {
        let request = format!("turn {id} {number}");
        std::thread::scope(|scope| {
            scope.spawn(|| self.request(id, &request));
            // Some requests are sent again, at the same time or later.
            if number % 7 == 3 {
                scope.spawn(|| self.request(id, &request));
            }
        });
        if number % 11 == 5 {
            self.request(id, &request);
        }
    }

    /// Kills a replica, and starts it again.
    fn kill_one(&self) {
        let number = self.random(self.replicas.len());
        // The replica may be answering a request.
        let process = self.processes[number].load(Ordering::Relaxed).to_string();
        let status = Command::new("kill").args(["-s", "KILL", &process]).status();
        assert!(status.unwrap().success());
        let killed = Instant::now();
        let mut replica = self.replicas[number].lock().unwrap();
        replica.process.wait().unwrap();
        // A replica writes once per interval, but the thread that writes can wait for a processor.
        let slack = Duration::from_secs(2);
        let may_be_lost = replica
            .acknowledged
            .iter()
            .filter(|(_, time)| killed.saturating_duration_since(*time) < FLUSH_INTERVAL + slack);
        let mut lost = self.may_be_lost.lock().unwrap();
        for (id, _) in may_be_lost {
            *lost.entry(id.clone()).or_default() += 2;
        }
        drop(lost);
        *replica = Replica::start(&self.url, &file(&self.directory, number));
        self.processes[number].store(replica.process.id(), Ordering::Relaxed);
    }

    /// Waits until a number of requests have been acknowledged.
    fn wait_for(&self, acknowledged: usize) {
        while self.acknowledged.load(Ordering::Relaxed) < acknowledged {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn events(&self) -> Vec<Value> {
        let files = (0..self.replicas.len()).map(|number| file(&self.directory, number));
        files
            .filter_map(|file| std::fs::read_to_string(file).ok())
            .flat_map(|text| {
                // The last line of a killed replica may be incomplete.
                let lines = text
                    .lines()
                    .filter_map(|line| serde_json::from_str(line).ok());
                lines.collect::<Vec<_>>()
            })
            .collect()
    }

    /// Returns the counts of the Conversation Ended events by conversation and envelope id.
    fn ends(&self) -> BTreeMap<String, BTreeMap<String, Vec<u64>>> {
        let mut ends: BTreeMap<_, BTreeMap<_, Vec<u64>>> = BTreeMap::new();
        for event in self.events_named("Conversation Ended") {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let count = event["properties"]["message_count"].as_u64();
            ends.entry(text(&event["properties"]["conversationId"]))
                .or_default()
                .entry(text(&event["messageId"]))
                .or_default()
                .push(count.expect("the number of messages is known"));
        }
        ends
    }

    fn events_named(&self, name: &str) -> Vec<Value> {
        let mut events = self.events();
        events.retain(|event| event["event"] == name);
        events
    }

    /// Waits until the latest end of every conversation has all messages, except those that killed
    /// replicas may have lost. Returns the number of lost messages.
    fn check_ends(&self, conversations: usize, messages: u64) -> u64 {
        let start = Instant::now();
        let may_be_lost = self.may_be_lost.lock().unwrap();
        loop {
            let ends = self.ends();
            let mut lost = 0;
            let complete = ends.iter().filter(|(id, ends)| {
                let most = ends.values().flatten().max().copied().unwrap_or(0);
                assert!(most <= messages, "{id} has too many messages: {most}");
                let missing = messages - most;
                lost += missing;
                missing <= may_be_lost.get(*id).copied().unwrap_or(0)
            });
            if complete.count() == conversations {
                for (id, ends) in &ends {
                    // Copies of an event have the same id and the same count, and no two ends have
                    // the same count.
                    let mut counts = Vec::new();
                    for copies in ends.values() {
                        assert!(
                            copies.iter().all(|count| count == &copies[0]),
                            "{id}: {ends:?}"
                        );
                        counts.push(copies[0]);
                    }
                    counts.sort_unstable();
                    assert!(
                        counts.windows(2).all(|pair| pair[0] < pair[1]),
                        "{id}: {ends:?}"
                    );
                }
                return lost;
            }
            assert!(
                start.elapsed() < TIMEOUT,
                "the conversations do not end: {ends:?}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn stop(self) {
        for replica in self.replicas {
            replica.into_inner().unwrap().stop();
        }
    }
}

fn file(directory: &TempDir, number: usize) -> PathBuf {
    directory.path().join(format!("{number}.jsonl"))
}

fn size() -> (Vec<usize>, usize, usize) {
    if std::env::var_os("COPILOT_TRACK_FULL").is_some() {
        (vec![2, 8], 200, 20)
    } else {
        (vec![2], 20, 6)
    }
}

fn ids(conversations: usize) -> Vec<String> {
    (0..conversations)
        .map(|number| format!("c-{number}"))
        .collect()
}

/// Runs turns of all conversations on several threads.
fn run_turns(fleet: &Fleet, ids: &[String], turns: Range<usize>) {
    std::thread::scope(|scope| {
        for part in ids.chunks(ids.len().div_ceil(8)) {
            let turns = turns.clone();
            scope.spawn(move || {
                for number in turns {
                    for id in part {
                        fleet.turn(id, number);
                    }
                }
            });
        }
    });
}

#[test]
fn replicas_end_every_conversation_once() {
    let (fleets, conversations, turns) = size();
    for replicas in fleets {
        let Some(server) = Server::start(&[]) else {
            return;
        };
        let fleet = Fleet::start(&server.url(), replicas);
        let ids = ids(conversations);
        run_turns(&fleet, &ids, 0..turns);
        for id in &ids {
            // Two requests end the conversation at the same time.
            fleet.request(id, &format!("end {id}"));
            fleet.request(id, &format!("end {id}"));
        }
        let lost = fleet.check_ends(conversations, 2 * turns as u64);
        assert_eq!(lost, 0);
        let started = fleet.events_named("Conversation Started");
        let started: std::collections::HashSet<_> = started
            .iter()
            .map(|event| event["messageId"].to_string())
            .collect();
        assert_eq!(started.len(), conversations);
        fleet.stop();
    }
}

#[test]
fn killed_replicas_lose_at_most_their_last_interval() {
    let (fleets, conversations, turns) = size();
    for replicas in fleets {
        let Some(mut server) = Server::start(&[]) else {
            return;
        };
        let fleet = Fleet::start(&server.url(), replicas);
        let ids = ids(conversations);
        let kills = replicas + 2;
        std::thread::scope(|scope| {
            scope.spawn(|| run_turns(&fleet, &ids, 0..turns));
            for kill in 1..=kills {
                fleet.wait_for(kill * conversations * turns / (kills + 1));
                fleet.kill_one();
                if kill == 2 {
                    server.kill();
                    server.restart();
                }
            }
        });
        // A conversation whose messages are all lost has no end, so each one gets a message that no
        // kill can lose.
        run_turns(&fleet, &ids, turns..turns + 1);
        let lost = fleet.check_ends(conversations, 2 * (turns + 1) as u64);
        let may_be_lost: u64 = fleet.may_be_lost.lock().unwrap().values().sum();
        println!(
            "{replicas} replicas, {kills} kills: {lost} messages lost of {may_be_lost} at risk"
        );
        assert!(lost <= may_be_lost);
        fleet.stop();
    }
}
