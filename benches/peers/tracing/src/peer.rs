//! `#[tracing::instrument]`. Its spans stay in the process or are written as JSON lines.

use std::future::pending;
use std::time::Duration;

use harness::{Args, Function, Peer, Workload, app, poll_once, poll_pending};
use tracing::Instrument as _;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer, Registry};

#[tracing::instrument(
    name = "Action Invoked",
    skip_all,
    fields(
        conversationId = app::CONVERSATION,
        messageId = app::MESSAGE,
        r#type = app::TYPE,
        action = app::ACTION,
    )
)]
async fn stock_level(sku: &str, n: u64) -> u64 {
    app::look_up(sku, n)
}

#[tracing::instrument(
    name = "Message Received",
    skip_all,
    fields(
        conversationId = app::CONVERSATION,
        messageId = app::MESSAGE,
        message_body = tracing::field::Empty,
        role = "agent",
    )
)]
async fn answer(n: u64) -> String {
    let text = app::answer_text(n);
    tracing::Span::current().record("message_body", text.as_str());
    text
}

/// A layer that does nothing.
struct NoOp;

impl<S: tracing::Subscriber> Layer<S> for NoOp {}

pub struct Subject {
    _writer: Option<WorkerGuard>,
}

impl Peer for Subject {
    fn set_up(args: &Args) -> Result<Self, String> {
        let mut guard = None;
        match args.variant() {
            "none" => {}
            "no-op" => tracing::subscriber::set_global_default(Registry::default().with(NoOp))
                .map_err(|e| e.to_string())?,
            "json" => {
                // The writer's thread discards the output.
                let (writer, worker) = tracing_appender::non_blocking(std::io::sink());
                guard = Some(worker);
                let json = tracing_subscriber::fmt::layer()
                    .json()
                    .with_span_events(FmtSpan::CLOSE)
                    .with_writer(writer);
                tracing::subscriber::set_global_default(Registry::default().with(json))
                    .map_err(|e| e.to_string())?;
            }
            other => return Err(format!("unknown variant `{other}`")),
        }
        Ok(Self { _writer: guard })
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
        // The number of lines in the writer's queue cannot be queried. It is at most 128,000, and
        // the writer's thread only discards the lines, so a short pause is enough.
        std::thread::sleep(Duration::from_millis(20));
        true
    }

    fn scope_polls(&self, polls: u64) -> bool {
        poll_pending(
            pending::<()>().instrument(tracing::info_span!("turn")),
            polls,
        );
        true
    }
}
