//! The `segment` crate, used by hand. Its `AutoBatcher` runs on the caller's thread, as in the
//! crate's README, or in a worker task behind a channel.
//!
//! Like copilot-track's events, each event contains the library's name and an id with which Segment
//! removes duplicates. The `inline-bare` variant omits both, like the README's example.

use std::time::Duration;

use harness::{Args, Function, Peer, Workload, app, poll_once, poll_or_block};
use segment::message::{Track, User};
use segment::{AutoBatcher, Batcher, HttpClient};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::sync::{Mutex, mpsc, oneshot};
use uuid::Uuid;

/// The state that the application's handlers share.
struct Sink {
    dispatch: Dispatch,
    all_fields: bool,
}

enum Dispatch {
    Inline(Mutex<AutoBatcher>),
    Channel(mpsc::UnboundedSender<ToWorker>),
}

enum ToWorker {
    Event(Track),
    Flush(oneshot::Sender<bool>),
}

impl Sink {
    async fn track(&self, event: &str, properties: Value) {
        let mut track = Track {
            user: User::UserId {
                user_id: app::USER.to_owned(),
            },
            event: event.to_owned(),
            properties,
            ..Default::default()
        };
        if self.all_fields {
            track.context = Some(json!({
                "library": { "name": "by-hand", "version": "0.1.0" },
            }));
            // This uses the thread's random number generator. The system's generator would take
            // 300 ns longer.
            let id = Uuid::new_v4().to_string();
            track
                .extra
                .insert("messageId".to_owned(), Value::String(id));
        }
        match &self.dispatch {
            // On an error, the event or the batch is lost. The call site cannot do anything about
            // it.
            Dispatch::Inline(batcher) => drop(batcher.lock().await.push(track).await),
            Dispatch::Channel(sender) => drop(sender.send(ToWorker::Event(track))),
        }
    }
}

async fn work(mut batcher: AutoBatcher, mut inbox: mpsc::UnboundedReceiver<ToWorker>) {
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            message = inbox.recv() => match message {
                Some(ToWorker::Event(track)) => drop(batcher.push(track).await),
                Some(ToWorker::Flush(done)) => drop(done.send(batcher.flush().await.is_ok())),
                None => {
                    let _ = batcher.flush().await;
                    return;
                }
            },
            _ = tick.tick() => drop(batcher.flush().await),
        }
    }
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
    )
    .await;
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
    )
    .await;
    text
}

pub struct Subject {
    sink: Sink,
    runtime: Runtime,
}

impl Peer for Subject {
    fn set_up(args: &Args) -> Result<Self, String> {
        let runtime = Runtime::new().map_err(|e| e.to_string())?;
        // The same settings as `HttpClient::default()`, which can only send to Segment.
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .build()
            .map_err(|e| e.to_string())?;
        let client = HttpClient::new(client, args.endpoint().url);
        let batcher = AutoBatcher::new(client, Batcher::new(None), "benchmark".to_owned());
        let dispatch = match args.variant() {
            "inline" | "inline-bare" => Dispatch::Inline(Mutex::new(batcher)),
            "channel" => {
                let (sender, inbox) = mpsc::unbounded_channel();
                runtime.spawn(work(batcher, inbox));
                Dispatch::Channel(sender)
            }
            other => return Err(format!("unknown variant `{other}`")),
        };
        let sink = Sink {
            dispatch,
            all_fields: args.variant() != "inline-bare",
        };
        Ok(Self { sink, runtime })
    }

    fn on_thread<W: Workload>(&self, function: Function, work: W) -> W::Output {
        let _entered = self.runtime.enter();
        match (function, &self.sink.dispatch) {
            (Function::Tool, Dispatch::Inline(_)) => work.run(|n| {
                let call = stock_level(&self.sink, app::SKU, n);
                poll_or_block(call, |rest| self.runtime.block_on(rest));
            }),
            (Function::Reply, Dispatch::Inline(_)) => work.run(|n| {
                let call = answer(&self.sink, n);
                poll_or_block(call, |rest| self.runtime.block_on(rest));
            }),
            (Function::Tool, Dispatch::Channel(_)) => work.run(|n| {
                poll_once(stock_level(&self.sink, app::SKU, n));
            }),
            (Function::Reply, Dispatch::Channel(_)) => work.run(|n| {
                poll_once(answer(&self.sink, n));
            }),
        }
    }

    fn flush(&self, _: Duration) -> bool {
        self.runtime.block_on(async {
            match &self.sink.dispatch {
                Dispatch::Inline(batcher) => batcher.lock().await.flush().await.is_ok(),
                Dispatch::Channel(sender) => {
                    let (done, flushed) = oneshot::channel();
                    sender.send(ToWorker::Flush(done)).is_ok() && flushed.await.unwrap_or(false)
                }
            }
        })
    }
}
