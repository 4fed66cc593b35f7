//! posthog-rs. Its client puts events in a queue, and the client's thread sends them.

use std::time::Duration;

use harness::{Args, Function, Peer, Workload, app, poll_once};
use posthog_rs::{CaptureCompression, Client, ClientOptionsBuilder, Event};
use tokio::runtime::Runtime;

/// The queue size, in events. It is enough for the longest burst. With the default of 10,000, most
/// of a burst would be dropped.
const QUEUE: usize = 200_000;

fn event(name: &'static str, properties: [(&'static str, &str); 4]) -> Event {
    let mut event = Event::new(name, app::USER);
    for (name, value) in properties {
        // Converting a string to JSON cannot fail.
        let _ = event.insert_prop(name, value);
    }
    event
}

async fn stock_level(client: &Client, sku: &str, n: u64) -> u64 {
    client.capture(event(
        "Action Invoked",
        [
            ("conversationId", app::CONVERSATION),
            ("messageId", app::MESSAGE),
            ("type", app::TYPE),
            ("action", app::ACTION),
        ],
    ));
    app::look_up(sku, n)
}

async fn answer(client: &Client, n: u64) -> String {
    let text = app::answer_text(n);
    client.capture(event(
        "Message Received",
        [
            ("conversationId", app::CONVERSATION),
            ("messageId", app::MESSAGE),
            ("message_body", &text),
            ("role", "agent"),
        ],
    ));
    text
}

pub struct Subject {
    client: Client,
    runtime: Runtime,
    /// Whether to use the process-wide client, which is never dropped.
    global: bool,
}

impl Peer for Subject {
    fn set_up(args: &Args) -> Result<Self, String> {
        let runtime = Runtime::new().map_err(|e| e.to_string())?;
        let endpoint = args.endpoint();
        let mut options = ClientOptionsBuilder::default();
        options.api_key("benchmark".to_owned()).host(endpoint.url);
        // The exit and memory measurements use the default queue size.
        if args.number("default-queue", 0)? == 0 {
            options.max_queue_size(QUEUE);
        }
        if endpoint.gzip {
            options.capture_compression(CaptureCompression::Gzip);
        }
        let options = options.build().map_err(|e| e.to_string())?;
        let global = args.variant() == "global";
        if global {
            runtime
                .block_on(posthog_rs::init_global(options.clone()))
                .map_err(|e| e.to_string())?;
        }
        let client = runtime.block_on(posthog_rs::client(options));
        Ok(Self {
            client,
            runtime,
            global,
        })
    }

    fn on_thread<W: Workload>(&self, function: Function, work: W) -> W::Output {
        match (function, self.global) {
            (_, true) => work.run(|_| {
                posthog_rs::capture(event(
                    "Action Invoked",
                    [
                        ("conversationId", app::CONVERSATION),
                        ("messageId", app::MESSAGE),
                        ("type", app::TYPE),
                        ("action", app::ACTION),
                    ],
                ))
            }),
            (Function::Tool, false) => work.run(|n| {
                poll_once(stock_level(&self.client, app::SKU, n));
            }),
            (Function::Reply, false) => work.run(|n| {
                poll_once(answer(&self.client, n));
            }),
        }
    }

    fn flush(&self, _: Duration) -> bool {
        self.runtime.block_on(self.client.flush());
        // The client does not report the outcome, but the server's count shows it.
        true
    }
}
