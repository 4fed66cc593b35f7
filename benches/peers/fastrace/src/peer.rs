//! fastrace. Each call has a span with properties, and the reporter discards the spans.

use std::future::pending;
use std::time::Duration;

use fastrace::Span;
use fastrace::collector::{Config, Reporter, SpanContext, SpanRecord};
use fastrace::future::FutureExt as _;
use harness::{Args, Function, Peer, Workload, app, poll_once, poll_pending};

#[fastrace::trace(
    name = "Action Invoked",
    properties = {
        "conversationId": "66b9ce63-9a5c-4fbb-b9da-c17116b3cada",
        "messageId": "b2817ded-12a7-4526-ab7b-83f40db94434",
        "type": "Inventory Request",
        "action": "check stock level",
    }
)]
async fn stock_level(sku: &str, n: u64) -> u64 {
    app::look_up(sku, n)
}

#[fastrace::trace(
    name = "Message Received",
    properties = {
        "conversationId": "66b9ce63-9a5c-4fbb-b9da-c17116b3cada",
        "messageId": "b2817ded-12a7-4526-ab7b-83f40db94434",
        "role": "agent",
    }
)]
async fn answer(n: u64) -> String {
    let text = app::answer_text(n);
    fastrace::local::LocalSpan::add_property(|| ("message_body", text.clone()));
    text
}

struct NoOp;

impl Reporter for NoOp {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        std::hint::black_box(spans);
    }
}

pub struct Subject {
    on: bool,
}

impl Subject {
    fn root(&self) -> Span {
        if self.on {
            Span::root("turn", SpanContext::random())
        } else {
            Span::noop()
        }
    }
}

impl Peer for Subject {
    fn set_up(args: &Args) -> Result<Self, String> {
        let on = match args.variant() {
            // There is no reporter and no parent span.
            "out-of-scope" => false,
            "no-op" => {
                fastrace::set_reporter(NoOp, Config::default());
                true
            }
            other => return Err(format!("unknown variant `{other}`")),
        };
        Ok(Self { on })
    }

    fn on_thread<W: Workload>(&self, function: Function, work: W) -> W::Output {
        let root = self.root();
        let _parent = root.set_local_parent();
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
        fastrace::flush();
        true
    }

    fn scope_polls(&self, polls: u64) -> bool {
        let root = self.root();
        poll_pending(pending::<()>().in_span(root), polls);
        true
    }
}
