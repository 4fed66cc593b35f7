//! rudderanalytics. It sends one request per event, as its README shows, or batches that the caller
//! collects.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use harness::{Args, Function, Peer, Workload, app, poll_once};
use rudderanalytics::client::RudderAnalytics;
use rudderanalytics::message::{Batch, BatchMessage, Message, Track};
use serde_json::{Value, json};

/// The number of events in a batch. A batch of this size also fits in Segment's limit of 500 KB.
/// RudderStack accepts up to 4 MB.
const BATCH: usize = 1_000;

enum Sink {
    Each(RudderAnalytics),
    Batches(RudderAnalytics, Mutex<Vec<BatchMessage>>),
}

impl Sink {
    fn track(&self, event: &str, properties: Value) {
        let track = Track {
            user_id: Some(app::USER.to_owned()),
            event: event.to_owned(),
            properties: Some(properties),
            ..Default::default()
        };
        match self {
            // On an error, the event or the batch is lost. The call site cannot do anything about
            // it.
            Self::Each(client) => drop(client.send(&Message::Track(track))),
            Self::Batches(client, pending) => {
                let mut pending = lock(pending);
                pending.push(BatchMessage::Track(track));
                if pending.len() >= BATCH {
                    send(client, &mut pending);
                }
            }
        }
    }
}

fn lock(pending: &Mutex<Vec<BatchMessage>>) -> MutexGuard<'_, Vec<BatchMessage>> {
    pending.lock().unwrap_or_else(PoisonError::into_inner)
}

fn send(client: &RudderAnalytics, pending: &mut Vec<BatchMessage>) -> bool {
    let batch = std::mem::take(pending);
    client
        .send(&Message::Batch(Batch {
            batch,
            ..Default::default()
        }))
        .is_ok()
}

async fn stock_level(sink: &Sink, sku: &str, n: u64) -> u64 {
    sink.track(
        "Action Invoked",
        json!({
            "conversationId": app::CONVERSATION,
            "messageId": app::MESSAGE,
            "type": app::TYPE,
            "action": app::ACTION,
        }),
    );
    app::look_up(sku, n)
}

async fn answer(sink: &Sink, n: u64) -> String {
    let text = app::answer_text(n);
    sink.track(
        "Message Received",
        json!({
            "conversationId": app::CONVERSATION,
            "messageId": app::MESSAGE,
            "message_body": text,
            "role": "agent",
        }),
    );
    text
}

pub struct Subject {
    sink: Sink,
}

impl Peer for Subject {
    fn set_up(args: &Args) -> Result<Self, String> {
        let client = RudderAnalytics::load("benchmark".to_owned(), args.endpoint().url);
        let sink = match args.variant() {
            "each" => Sink::Each(client),
            "batches" => Sink::Batches(client, Mutex::new(Vec::new())),
            other => return Err(format!("unknown variant `{other}`")),
        };
        Ok(Self { sink })
    }

    fn on_thread<W: Workload>(&self, function: Function, work: W) -> W::Output {
        match function {
            Function::Tool => work.run(|n| {
                poll_once(stock_level(&self.sink, app::SKU, n));
            }),
            Function::Reply => work.run(|n| {
                poll_once(answer(&self.sink, n));
            }),
        }
    }

    fn flush(&self, _: Duration) -> bool {
        match &self.sink {
            Sink::Each(_) => true,
            Sink::Batches(client, pending) => {
                let mut pending = lock(pending);
                pending.is_empty() || send(client, &mut pending)
            }
        }
    }
}
