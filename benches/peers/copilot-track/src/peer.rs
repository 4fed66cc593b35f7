//! copilot-track's attributes.

use std::future::pending;
use std::time::Duration;

use copilot_track::testing::TestTracker;
use copilot_track::{Conversation, Overflow, Tracker, User, tracked_reply, tracked_tool};
use futures_core::Stream;
use harness::{Args, Function, Peer, Workload, app, drain_stream, poll_once, poll_pending};

#[tracked_tool(type = "Inventory Request", action = "check stock level")]
async fn stock_level(sku: &str, n: u64) -> u64 {
    app::look_up(sku, n)
}

#[tracked_reply]
async fn answer(n: u64) -> String {
    app::answer_text(n)
}

#[tracked_reply]
fn answer_streaming(words: u64) -> impl Stream<Item = &'static str> {
    app::answer_words(words)
}

pub struct Subject {
    mode: Mode,
    blocks_when_full: bool,
}

enum Mode {
    /// There is no current turn.
    OutOfScope,
    Tracker(Tracker),
    Memory(TestTracker),
}

impl Subject {
    fn tracker(&self) -> Option<&Tracker> {
        match &self.mode {
            Mode::OutOfScope => None,
            Mode::Tracker(tracker) => Some(tracker),
            Mode::Memory(test) => Some(test.tracker()),
        }
    }

    fn conversation(&self) -> Option<Conversation> {
        let user = User::known(app::USER).expect("a user id");
        Some(self.tracker()?.conversation(user))
    }
}

impl Peer for Subject {
    fn set_up(args: &Args) -> Result<Self, String> {
        // If all events of a throughput measurement must arrive, the caller waits for room in the
        // queue. Otherwise, the default applies: the newest events are dropped and counted.
        let blocks_when_full = args.measure == "throughput" && args.number("block", 0)? == 1;
        let endpoint = args.endpoint();
        let mut builder = Tracker::builder()
            .write_key("benchmark")
            .gzip(endpoint.gzip);
        if blocks_when_full {
            builder = builder.overflow(Overflow::Block(Duration::from_secs(60)));
        }
        let mode = match args.variant() {
            "out-of-scope" => Mode::OutOfScope,
            "disabled" => Mode::Tracker(Tracker::disabled()),
            "memory" => Mode::Memory(TestTracker::with(builder).map_err(|e| e.to_string())?),
            "http" => Mode::Tracker(
                builder
                    .endpoint(endpoint.url)
                    .build()
                    .map_err(|e| e.to_string())?,
            ),
            other => return Err(format!("unknown variant `{other}`")),
        };
        Ok(Self {
            mode,
            blocks_when_full,
        })
    }

    fn on_thread<W: Workload>(&self, function: Function, work: W) -> W::Output {
        let conversation = self.conversation();
        let turn = conversation.map(|conversation| conversation.turn("Is it in stock?"));
        let _scope = turn.as_ref().map(copilot_track::Turn::enter);
        match function {
            Function::Tool => work.run(|n| {
                poll_once(stock_level(app::SKU, n));
            }),
            Function::Reply => work.run(|n| {
                poll_once(answer(n));
            }),
        }
    }

    fn flush(&self, timeout: Duration) -> bool {
        let Some(tracker) = self.tracker() else {
            return true;
        };
        let report = tracker.flush_blocking(timeout);
        report.ledger.pending == 0 && (!self.blocks_when_full || report.is_all_delivered())
    }

    fn clear_captured(&self) {
        if let Mode::Memory(test) = &self.mode {
            test.clear();
        }
    }

    fn dropped(&self) -> u64 {
        self.tracker()
            .map_or(0, |tracker| tracker.ledger().dropped.total())
    }

    fn shut_down(&self, deadline: Duration) -> Option<u64> {
        let ledger = self.tracker()?.shutdown_blocking(deadline).ledger;
        ledger.is_balanced().then(|| ledger.dropped.total())
    }

    fn scope_polls(&self, polls: u64) -> bool {
        let Some(conversation) = self.conversation() else {
            return false;
        };
        let turn = conversation.turn("Is it in stock?");
        poll_pending(turn.run(pending::<()>()), polls);
        true
    }

    fn stream_items(&self, items: u64) -> bool {
        let Some(conversation) = self.conversation() else {
            return drain_stream(answer_streaming(items)) == items;
        };
        let turn = conversation.turn("Is it in stock?");
        turn.in_scope(|| drain_stream(answer_streaming(items)) == items)
    }
}
