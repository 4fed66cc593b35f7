//! copilot-track, with its attributes.

use std::future::pending;
use std::time::Duration;

use copilot_track::testing::TestTracker;
use copilot_track::{Conversation, Overflow, Tracker, User, tracked_reply, tracked_tool};
use futures_core::Stream;
use harness::{Args, Kind, Peer, Work, app, poll_in_vain, poll_once, take};

#[tracked_tool(type = "Inventory Request", action = "check stock level")]
async fn stock_level(sku: &str, n: u64) -> u64 {
    app::look_up(sku, n)
}

#[tracked_reply]
async fn answer(n: u64) -> String {
    app::wording(n)
}

#[tracked_reply]
fn answer_streaming(words: u64) -> impl Stream<Item = &'static str> {
    app::words(words)
}

pub struct Subject {
    how: How,
    patient: bool,
}

enum How {
    /// No conversation is ambient.
    OutOfScope,
    Tracker(Tracker),
    Memory(TestTracker),
}

impl Subject {
    fn tracker(&self) -> Option<&Tracker> {
        match &self.how {
            How::OutOfScope => None,
            How::Tracker(tracker) => Some(tracker),
            How::Memory(test) => Some(test.tracker()),
        }
    }

    fn conversation(&self) -> Option<Conversation> {
        let user = User::known(app::USER).expect("a user id");
        Some(self.tracker()?.conversation(user))
    }
}

impl Peer for Subject {
    fn set_up(args: &Args) -> Result<Self, String> {
        // Where a million events must all arrive, the caller waits for room. Elsewhere the default
        // holds: the newest are dropped and counted.
        let patient = args.measure == "throughput" && args.number("block", 0)? == 1;
        let endpoint = args.endpoint();
        let mut builder = Tracker::builder()
            .write_key("benchmark")
            .gzip(endpoint.gzip);
        if patient {
            builder = builder.overflow(Overflow::Block(Duration::from_secs(60)));
        }
        let how = match args.variant() {
            "out-of-scope" => How::OutOfScope,
            "disabled" => How::Tracker(Tracker::disabled()),
            "memory" => How::Memory(TestTracker::with(builder).map_err(|e| e.to_string())?),
            "http" => How::Tracker(
                builder
                    .endpoint(endpoint.url)
                    .build()
                    .map_err(|e| e.to_string())?,
            ),
            other => return Err(format!("no variant `{other}`")),
        };
        Ok(Self { how, patient })
    }

    fn on_thread<W: Work>(&self, kind: Kind, work: W) -> W::Out {
        let conversation = self.conversation();
        let turn = conversation.map(|conversation| conversation.turn("Is it in stock?"));
        let _scope = turn.as_ref().map(copilot_track::Turn::enter);
        match kind {
            Kind::Action => work.run(|n| {
                poll_once(stock_level(app::SKU, n));
            }),
            Kind::Reply => work.run(|n| {
                poll_once(answer(n));
            }),
        }
    }

    fn settle(&self, patience: Duration) -> bool {
        let Some(tracker) = self.tracker() else {
            return true;
        };
        let report = tracker.flush_blocking(patience);
        report.ledger.pending == 0 && (!self.patient || report.is_all_delivered())
    }

    fn forget(&self) {
        if let How::Memory(test) = &self.how {
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
        poll_in_vain(turn.run(pending::<()>()), polls);
        true
    }

    fn stream_items(&self, items: u64) -> bool {
        let Some(conversation) = self.conversation() else {
            return take(answer_streaming(items)) == items;
        };
        let turn = conversation.turn("Is it in stock?");
        turn.in_scope(|| take(answer_streaming(items)) == items)
    }
}
