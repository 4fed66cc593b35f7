//! What a call costs its caller while the server is well, slow, down, hanging or failing.
//!
//! ```text
//! cargo run --release -p copilot-track-tests --bin call-latency
//! ```
//!
//! One run, interleaved: each tracker in turn emits a stretch of events, many times over, so that
//! whatever else the machine does meets all alike. Ratios are to the server that is well. One table
//! for an annotated function, whose event takes no memory of its own, and one for an event of the
//! application's with a property in an allocation, which stays taken while the event waits.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use copilot_track::{CustomEvent, Tracker, tracked_tool};
use copilot_track_tests::{Answer, Behaviour, FaultServer, Script, tracker, user};

const ROUNDS: u64 = 300;
const CALLS: u64 = 250;
/// So long after each stretch the caller does something else: a conversation is no benchmark.
const REST: Duration = Duration::from_millis(2);

#[tracked_tool(type = "Inventory Request", action = "check stock level")]
fn stock_level(number: u64) -> u64 {
    number
}

struct Lane {
    name: &'static str,
    tracker: Tracker,
    annotated: Vec<u64>,
    custom: Vec<u64>,
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
            annotated: Vec::new(),
            custom: Vec::new(),
            _server: server,
        })
    }

    fn round(&mut self) -> Result<(), Box<dyn Error>> {
        let conversation = self.tracker.conversation(user());
        let turn = conversation.turn("Is it in stock?");
        turn.in_scope(|| {
            for number in 0..CALLS {
                time(&mut self.annotated, || stock_level(black_box(number)));
            }
        });
        std::thread::sleep(REST);
        let event = CustomEvent::new("Note Taken")?;
        for number in 0..CALLS {
            let event = event.clone();
            time(&mut self.custom, || {
                conversation.track(black_box(event.property("number", number)));
            });
        }
        std::thread::sleep(REST);
        Ok(())
    }
}

fn time<T>(nanos: &mut Vec<u64>, call: impl FnOnce() -> T) {
    let begun = Instant::now();
    black_box(call());
    nanos.push(u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX));
}

fn percentile(sorted: &[u64], thousandths: usize) -> u64 {
    let index = (sorted.len() * thousandths / 1000).min(sorted.len() - 1);
    sorted[index]
}

fn print(title: &str, lanes: &mut [Lane], of: impl Fn(&mut Lane) -> &mut Vec<u64>) {
    println!("\n{title}\n");
    println!("| server | p50, ns | p99, ns | p99.9, ns | p50 | p99 | p99.9 |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let mut well = None;
    for lane in lanes {
        let nanos = of(lane);
        nanos.sort_unstable();
        let own = [500, 990, 999].map(|thousandths| percentile(nanos, thousandths));
        let well = *well.get_or_insert(own);
        let ratio = |index: usize| {
            Duration::from_nanos(own[index]).div_duration_f64(Duration::from_nanos(well[index]))
        };
        let [a, b, c] = own;
        println!(
            "| {} | {a} | {b} | {c} | {:.2} | {:.2} | {:.2} |",
            lane.name,
            ratio(0),
            ratio(1),
            ratio(2)
        );
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
                lane.annotated.clear();
                lane.custom.clear();
            }
        }
        for lane in &mut lanes {
            lane.round()?;
        }
    }
    print("An annotated function:", &mut lanes, |lane| {
        &mut lane.annotated
    });
    print("An event of the application's:", &mut lanes, |lane| {
        &mut lane.custom
    });
    for lane in &lanes {
        let ledger = lane.tracker.ledger();
        if ledger.dropped.total() > 0 || !ledger.is_balanced() {
            return Err(format!("{}: {ledger}", lane.name).into());
        }
    }
    Ok(())
}
