//! The `segment` crate by hand: its README's `AutoBatcher`, on the caller's thread or behind a
//! channel and a worker as one would write them.
//!
//! Its events carry what ours do: an id by which Segment knows a repetition, and the library's
//! name. The variant `inline-bare` leaves both out, as the README's example does.

use std::time::Duration;

use harness::{Args, Kind, Peer, Work, app, poll_once, run_to_end};
use segment::message::{Track, User};
use segment::{AutoBatcher, Batcher, HttpClient};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::sync::{Mutex, mpsc, oneshot};
use uuid::Uuid;

/// What the application's handlers share.
struct Sink {
    way: Way,
    full: bool,
}

enum Way {
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
        if self.full {
            track.context = Some(json!({
                "library": { "name": "by-hand", "version": "0.1.0" },
            }));
            // Random bits from the thread's generator: the system's would cost 300 ns more.
            let id = Uuid::new_v4().to_string();
            track
                .extra
                .insert("messageId".to_owned(), Value::String(id));
        }
        match &self.way {
            // An error is an event, or a batch, that is lost. There is nothing to be done here.
            Way::Inline(batcher) => drop(batcher.lock().await.push(track).await),
            Way::Channel(sender) => drop(sender.send(ToWorker::Event(track))),
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
    let text = app::wording(n);
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
        // As `HttpClient::default()` makes it, which can go to Segment alone.
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .build()
            .map_err(|e| e.to_string())?;
        let client = HttpClient::new(client, args.endpoint().url);
        let batcher = AutoBatcher::new(client, Batcher::new(None), "benchmark".to_owned());
        let way = match args.variant() {
            "inline" | "inline-bare" => Way::Inline(Mutex::new(batcher)),
            "channel" => {
                let (sender, inbox) = mpsc::unbounded_channel();
                runtime.spawn(work(batcher, inbox));
                Way::Channel(sender)
            }
            other => return Err(format!("no variant `{other}`")),
        };
        let sink = Sink {
            way,
            full: args.variant() != "inline-bare",
        };
        Ok(Self { sink, runtime })
    }

    fn on_thread<W: Work>(&self, kind: Kind, work: W) -> W::Out {
        let _entered = self.runtime.enter();
        match (kind, &self.sink.way) {
            (Kind::Action, Way::Inline(_)) => work.run(|n| {
                let call = stock_level(&self.sink, app::SKU, n);
                run_to_end(call, |rest| self.runtime.block_on(rest));
            }),
            (Kind::Reply, Way::Inline(_)) => work.run(|n| {
                let call = answer(&self.sink, n);
                run_to_end(call, |rest| self.runtime.block_on(rest));
            }),
            (Kind::Action, Way::Channel(_)) => work.run(|n| {
                poll_once(stock_level(&self.sink, app::SKU, n));
            }),
            (Kind::Reply, Way::Channel(_)) => work.run(|n| {
                poll_once(answer(&self.sink, n));
            }),
        }
    }

    fn settle(&self, _: Duration) -> bool {
        self.runtime.block_on(async {
            match &self.sink.way {
                Way::Inline(batcher) => batcher.lock().await.flush().await.is_ok(),
                Way::Channel(sender) => {
                    let (done, flushed) = oneshot::channel();
                    sender.send(ToWorker::Flush(done)).is_ok() && flushed.await.unwrap_or(false)
                }
            }
        })
    }
}
