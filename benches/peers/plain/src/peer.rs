//! The functions without instrumentation. They are the baseline.

use std::future::pending;
use std::time::Duration;

use harness::{Args, Function, Peer, Workload, app, drain_stream, poll_once, poll_pending};

async fn stock_level(sku: &str, n: u64) -> u64 {
    app::look_up(sku, n)
}

async fn answer(n: u64) -> String {
    app::answer_text(n)
}

pub struct Subject;

impl Peer for Subject {
    fn set_up(_: &Args) -> Result<Self, String> {
        Ok(Self)
    }

    fn on_thread<W: Workload>(&self, function: Function, work: W) -> W::Output {
        match function {
            Function::Tool => work.run(|n| {
                poll_once(stock_level(app::SKU, n));
            }),
            Function::Reply => work.run(|n| {
                poll_once(answer(n));
            }),
        }
    }

    fn flush(&self, _: Duration) -> bool {
        true
    }

    fn scope_polls(&self, polls: u64) -> bool {
        poll_pending(pending::<()>(), polls);
        true
    }

    fn stream_items(&self, items: u64) -> bool {
        drain_stream(app::answer_words(items)) == items
    }
}
