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

#[path = "../common/mod.rs"]
mod common;
mod log;
mod losses;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use copilot_track::spec::{MessageReceived, MessageSent};
use copilot_track::{Conversations, TrackEvent as _, Tracker, User};
use copilot_track_redis::RedisStore;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::common::{Server, TIMEOUT};
use crate::log::{Log, LoggedStore, measure_delays};
use crate::losses::{Incarnation, Losses};

const URL: &str = "COPILOT_TRACK_TEST_URL";
const FILE: &str = "COPILOT_TRACK_TEST_FILE";
const LOG: &str = "COPILOT_TRACK_TEST_LOG";
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
    let log = Arc::new(Log::create(std::env::var_os(LOG).unwrap()));
    measure_delays(&log, FLUSH_INTERVAL);
    let store = RedisStore::connect(url).await.unwrap();
    let conversations = Conversations::builder(&tracker)
        .store(LoggedStore::new(store, Arc::clone(&log)))
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
                let ids = ['s', 'r'].map(|direction| format!("{id}-{direction}-{number}"));
                let question = MessageSent::new("?").message_id(&ids[0]);
                let turn = conversation.turn_with(question);
                log.counted(&ids[0]);
                turn.reply_with(MessageReceived::new("!").message_id(&ids[1]));
                log.counted(&ids[1]);
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
}

impl Replica {
    fn start(url: &str, file: &Path, log: &Path) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["replica_process", "--exact", "--nocapture"])
            .env(URL, url)
            .env(FILE, file)
            .env(LOG, log)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut replica = Self {
            input: process.stdin.take().unwrap(),
            output: BufReader::new(process.stdout.take().unwrap()),
            process,
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
    /// All processes that were started. The current ones are the last ones of their replicas.
    incarnations: Mutex<Vec<Incarnation>>,
}

impl Fleet {
    fn start(url: &str, replicas: usize) -> Self {
        let directory = TempDir::new().unwrap();
        let mut incarnations = Vec::new();
        let start = |number: usize| {
            let incarnation = Incarnation::new(number, directory.path());
            let replica = Replica::start(url, &file(&directory, number), &incarnation.log);
            incarnations.push(incarnation);
            replica
        };
        let replicas: Vec<_> = (0..replicas).map(start).collect();
        let processes = replicas.iter().map(|replica| replica.process.id());
        Self {
            processes: processes.map(AtomicU32::new).collect(),
            acknowledged: AtomicUsize::new(0),
            replicas: replicas.into_iter().map(Mutex::new).collect(),
            url: url.to_owned(),
            directory,
            random: AtomicU64::new(1),
            incarnations: Mutex::new(incarnations),
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
    fn request(&self, request: &str) {
        loop {
            let replica = &self.replicas[self.random(self.replicas.len())];
            let mut replica = replica.lock().unwrap();
            if replica.request(request) {
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
            scope.spawn(|| self.request(&request));
            // Some requests are sent again, at the same time or later.
            if number % 7 == 3 {
                scope.spawn(|| self.request(&request));
            }
        });
        if number % 11 == 5 {
            self.request(&request);
        }
    }

    /// Kills a replica, and starts it again.
    fn kill_one(&self) {
        let number = self.random(self.replicas.len());
        // The replica may be answering a request.
        let process = self.processes[number].load(Ordering::Relaxed);
        let process = Pid::from_raw(i32::try_from(process).unwrap()).unwrap();
        let before = log::now();
        kill_process(process, Signal::KILL).unwrap();
        let mut replica = self.replicas[number].lock().unwrap();
        replica.process.wait().unwrap();
        let incarnation = Incarnation::new(number, self.directory.path());
        let mut incarnations = self.incarnations.lock().unwrap();
        let mut earlier = incarnations.iter_mut().rev();
        let killed = earlier.find(|incarnation| incarnation.replica == number);
        killed.unwrap().killed = Some(before);
        *replica = Replica::start(&self.url, &file(&self.directory, number), &incarnation.log);
        incarnations.push(incarnation);
        self.processes[number].store(replica.process.id(), Ordering::Relaxed);
    }

    /// Waits until the store has all messages that the running replicas have counted.
    fn wait_until_written(&self, server: &Server) {
        let start = Instant::now();
        loop {
            let incarnations = self.incarnations.lock().unwrap();
            let losses = Losses::read(&incarnations, server);
            drop(incarnations);
            if losses.missing_of_running == 0 {
                return;
            }
            assert!(start.elapsed() < TIMEOUT, "the replicas do not write");
            std::thread::sleep(Duration::from_millis(50));
        }
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

    /// Waits until the latest end of every conversation has all messages that are in the store.
    fn check_ends(&self, server: &Server, ids: &[String]) {
        let start = Instant::now();
        loop {
            let ends = self.ends();
            let stored = losses::stored_messages(server, ids);
            let is_complete = |id: &String| {
                let counts = ends.get(id).into_iter().flat_map(BTreeMap::values);
                let most = counts.flatten().max().copied().unwrap_or(0);
                let messages = stored[id].len() as u64;
                assert!(most <= messages, "{id} has too many messages: {most}");
                most == messages
            };
            if ids.iter().all(is_complete) {
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
                return;
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
            fleet.request(&format!("end {id}"));
            fleet.request(&format!("end {id}"));
        }
        fleet.wait_until_written(&server);
        fleet.check_ends(&server, &ids);
        let stored = losses::stored_messages(&server, &ids);
        assert!(stored.values().all(|messages| messages.len() == 2 * turns));
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
        fleet.wait_until_written(&server);
        fleet.check_ends(&server, &ids);
        let incarnations = fleet.incarnations.lock().unwrap();
        let losses = Losses::read(&incarnations, &server);
        drop(incarnations);
        println!(
            "{replicas} replicas, {kills} kills, {} messages: {losses}",
            2 * (turns + 1) * conversations
        );
        losses.check();
        fleet.stop();
    }
}
