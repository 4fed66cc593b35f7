//! Prints what becomes of events under each fault, as a table for the docs.
//!
//! `cargo run --release -p copilot-track-tests --bin fault-table -- [EVENTS] [PER_SECOND]`
//! sends 40,000 events at 5,000 a second through each, in batches of 500 and else with default
//! settings.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that cannot go on panics"
)]

use std::time::{Duration, Instant};

use copilot_track::Tracker;
use copilot_track_tests::{
    Answer, Behaviour, FaultServer, Log, Reserved, Script, note, tracker, user,
};

/// What happens to the server while events come.
enum Fault {
    /// It is there, and does this.
    Does(Script),
    /// It comes later.
    DownAtFirst(Duration),
    /// It goes away after a while, for so long.
    DownAfter(Duration, Duration),
    /// It does this for so long, and all is well from then on.
    For(Duration, Behaviour),
}

fn faults() -> Vec<(&'static str, Fault)> {
    let second = Duration::from_secs(1);
    let sometimes = |behaviour, seed| Fault::Does(Script::sometimes(10, behaviour, seed));
    let three_seconds = Behaviour::Answer(Answer::new(429).header("Retry-After", "3"));
    let drip = Answer::new(200).body("x".repeat(100));
    let redirect = Answer::new(307).header("Location", "http://127.0.0.1:9/");
    vec![
        ("none", Fault::Does(Script::always(Behaviour::ok()))),
        (
            "server down for the first 3 s",
            Fault::DownAtFirst(3 * second),
        ),
        (
            "down for 1 s in the middle",
            Fault::DownAfter(4 * second, second),
        ),
        ("10% answers 500", sometimes(Behaviour::status(500), 1)),
        (
            "10% answers 429 without Retry-After",
            sometimes(Behaviour::status(429), 2),
        ),
        (
            "429 with Retry-After for 3 s",
            Fault::For(3 * second, three_seconds),
        ),
        (
            "connection dropped before the request is read, 10%",
            sometimes(Behaviour::CloseUnread, 3),
        ),
        (
            "connection dropped after it, 10%",
            sometimes(Behaviour::CloseUnanswered, 4),
        ),
        (
            "connection reset in the answer's head, 10%",
            sometimes(Behaviour::ResetInHead, 5),
        ),
        (
            "connection reset in the answer's body, 10%",
            sometimes(Behaviour::ResetInBody, 6),
        ),
        (
            "garbage instead of an answer, 10%",
            sometimes(Behaviour::Garbage, 7),
        ),
        (
            "the first request is never answered",
            Fault::Does(Script::first([Behaviour::Hang])),
        ),
        (
            "every answer takes 300 ms",
            Fault::Does(Script::always(Behaviour::Delay(
                Duration::from_millis(300),
                Answer::new(200),
            ))),
        ),
        (
            "every answer drips for 10 s",
            Fault::Does(Script::always(Behaviour::Drip(
                Duration::from_millis(100),
                drip,
            ))),
        ),
        (
            "413 above 100 events",
            Fault::Does(Script::always(Behaviour::Limit {
                bytes: usize::MAX,
                events: 100,
            })),
        ),
        ("10% answers 400", sometimes(Behaviour::status(400), 8)),
        ("10% answers 307", sometimes(Behaviour::Answer(redirect), 9)),
    ]
}

/// Where the server is, and what it has seen.
enum Server {
    Up(FaultServer),
    Down(Reserved),
}

impl Server {
    fn url(&self) -> String {
        match self {
            Self::Up(server) => server.url(),
            Self::Down(reserved) => reserved.url(),
        }
    }

    fn up(self) -> Self {
        match self {
            Self::Down(reserved) => Self::Up(reserved.start(Script::always(Behaviour::ok()))),
            up @ Self::Up(_) => up,
        }
    }
}

/// Emits at a steady rate, and calls `at` with the time since the begin.
fn emit(tracker: &Tracker, events: u64, per_second: u64, mut at: impl FnMut(Duration)) {
    let begun = Instant::now();
    let conversations: Vec<_> = (0..8).map(|_| tracker.conversation(user())).collect();
    for number in 0..events {
        let due = Duration::from_micros(number * 1_000_000 / per_second);
        if let Some(early) = due.checked_sub(begun.elapsed()) {
            std::thread::sleep(early);
        }
        at(begun.elapsed());
        for conversation in conversations.iter().skip((number % 8) as usize).take(1) {
            conversation.track(note(number));
        }
    }
}

fn row(name: &str, fault: Fault, events: u64, per_second: u64) {
    let well = Script::always(Behaviour::ok());
    let (first, up_at, down_at, well_at) = match fault {
        Fault::Does(script) => (Server::Up(FaultServer::start(script)), None, None, None),
        Fault::DownAtFirst(length) => (
            Server::Down(FaultServer::reserve()),
            Some(length),
            None,
            None,
        ),
        Fault::DownAfter(at, length) => (
            Server::Up(FaultServer::start(well.clone())),
            Some(at + length),
            Some(at),
            None,
        ),
        Fault::For(length, behaviour) => {
            let script = Script::always(behaviour);
            (
                Server::Up(FaultServer::start(script)),
                None,
                None,
                Some(length),
            )
        }
    };
    // Batches of 500, so that there are enough requests for chance to play its part.
    let tracker = tracker(&first.url()).flush_at(500).build().unwrap();
    let mut server = Some(first);
    let mut earlier = Log::default();
    let (mut up_at, mut down_at, mut well_at) = (up_at, down_at, well_at);
    emit(&tracker, events, per_second, |elapsed| {
        let is_due = |at: &mut Option<Duration>| at.take_if(|at| *at <= elapsed).is_some();
        if is_due(&mut down_at)
            && let Some(Server::Up(up)) = server.take()
        {
            let (reserved, log) = up.stop();
            earlier = log;
            server = Some(Server::Down(reserved));
        }
        if is_due(&mut up_at) {
            server = server.take().map(Server::up);
        }
        if is_due(&mut well_at)
            && let Some(Server::Up(up)) = &server
        {
            up.set(well.clone());
        }
    });
    server = server.take().map(Server::up);
    let begun = Instant::now();
    let report = tracker.shutdown_blocking(Duration::from_secs(60));
    let took = begun.elapsed();
    let Some(Server::Up(up)) = server else {
        panic!("the server is up by now");
    };
    let mut log = earlier;
    log.requests.extend(up.log().requests);
    log.assert_resent_unchanged();
    let (ledger, accepted) = (report.ledger, log.accepted());
    println!(
        "| {name} | {} | {accepted} | {} | {} | {} | {:.1} s |",
        ledger.emitted,
        log.read_again(),
        ledger.dropped.total(),
        ledger.emitted - accepted,
        took.as_secs_f64()
    );
    assert_eq!(ledger.delivered, accepted, "{name}: {ledger}");
    assert!(ledger.is_balanced());
}

fn main() {
    let mut numbers = std::env::args()
        .skip(1)
        .map(|number| number.parse().expect("a number"));
    let events = numbers.next().unwrap_or(40_000);
    let per_second = numbers.next().unwrap_or(5_000);
    println!(
        "| fault | emitted | arrived | sent again, same id | counted as lost | lost | shutdown took |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for (name, fault) in faults() {
        row(name, fault, events, per_second);
    }
}
