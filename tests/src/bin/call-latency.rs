//! What a call costs its caller while the server is well, slow, down, hanging or failing.
//!
//! ```text
//! cargo run --release -p copilot-track-tests --bin call-latency
//! ```
//!
//! One run, interleaved: each tracker in turn emits a stretch of events, many times over, so that
//! whatever else the machine does meets all alike. Ratios are to the server that is well.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use copilot_track::{CustomEvent, Tracker};
use copilot_track_tests::{Answer, Behaviour, FaultServer, Script, tracker, user};

const ROUNDS: u64 = 400;
const CALLS: u64 = 250;
/// So long after each stretch the caller does something else: a conversation is no benchmark.
const REST: Duration = Duration::from_millis(2);

struct Lane {
    name: &'static str,
    tracker: Tracker,
    nanos: Vec<u64>,
    _server: Option<FaultServer>,
}

impl Lane {
    fn new(name: &'static str, server: Option<FaultServer>) -> Result<Self, Box<dyn Error>> {
        let url = server
            .as_ref()
            .map_or_else(|| FaultServer::reserve().url(), FaultServer::url);
        Ok(Self {
            name,
            tracker: tracker(&url).drop_timeout(Duration::ZERO).build()?,
            nanos: Vec::new(),
            _server: server,
        })
    }

    fn round(&mut self) -> Result<(), Box<dyn Error>> {
        let conversation = self.tracker.conversation(user());
        let event = CustomEvent::new("Note Taken")?;
        for number in 0..CALLS {
            let event = event.clone();
            let begun = Instant::now();
            conversation.track(black_box(event.property("number", number)));
            self.nanos.push(u64::try_from(begun.elapsed().as_nanos())?);
        }
        std::thread::sleep(REST);
        Ok(())
    }

    fn percentile(&self, thousandths: usize) -> u64 {
        let index = (self.nanos.len() * thousandths / 1000).min(self.nanos.len() - 1);
        self.nanos[index]
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let always = |behaviour| Some(FaultServer::start(Script::always(behaviour)));
    let slow = Behaviour::Delay(Duration::from_millis(100), Answer::new(200));
    let mut lanes = vec![
        Lane::new("well", always(Behaviour::ok()))?,
        Lane::new("slow: 100 ms an answer", always(slow))?,
        Lane::new("down: connection refused", None)?,
        Lane::new("hanging: never answers", always(Behaviour::Hang))?,
        Lane::new("failing: 500", always(Behaviour::status(500)))?,
        Lane::new("well, again", always(Behaviour::ok()))?,
    ];
    for round in 0..ROUNDS {
        // The first rounds warm up.
        if round == ROUNDS / 20 {
            for lane in &mut lanes {
                lane.nanos.clear();
            }
        }
        for lane in &mut lanes {
            lane.round()?;
        }
    }
    for lane in &mut lanes {
        lane.nanos.sort_unstable();
    }
    println!("| server | p50, ns | p99, ns | p99.9, ns | p50 | p99 | p99.9 |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let columns = [500, 990, 999];
    let well = columns.map(|column| lanes[0].percentile(column));
    for lane in &lanes {
        let own = columns.map(|column| lane.percentile(column));
        let [a, b, c] = own;
        let ratio = |index: usize| {
            Duration::from_nanos(own[index]).div_duration_f64(Duration::from_nanos(well[index]))
        };
        println!(
            "| {} | {a} | {b} | {c} | {:.2} | {:.2} | {:.2} |",
            lane.name,
            ratio(0),
            ratio(1),
            ratio(2)
        );
        let ledger = lane.tracker.ledger();
        if ledger.dropped.total() > 0 || !ledger.is_balanced() {
            return Err(format!("{}: {ledger}", lane.name).into());
        }
    }
    Ok(())
}
