//! The functions without any instrumentation: what all others stand on.

use std::future::pending;
use std::time::Duration;

use harness::{Args, Kind, Peer, Work, app, poll_in_vain, poll_once, take};

async fn stock_level(sku: &str, n: u64) -> u64 {
    app::look_up(sku, n)
}

async fn answer(n: u64) -> String {
    app::wording(n)
}

pub struct Subject;

impl Peer for Subject {
    fn set_up(_: &Args) -> Result<Self, String> {
        Ok(Self)
    }

    fn on_thread<W: Work>(&self, kind: Kind, work: W) -> W::Out {
        match kind {
            Kind::Action => work.run(|n| {
                poll_once(stock_level(app::SKU, n));
            }),
            Kind::Reply => work.run(|n| {
                poll_once(answer(n));
            }),
        }
    }

    fn settle(&self, _: Duration) -> bool {
        true
    }

    fn scope_polls(&self, polls: u64) -> bool {
        poll_in_vain(pending::<()>(), polls);
        true
    }

    fn stream_items(&self, items: u64) -> bool {
        take(app::words(items)) == items
    }
}
