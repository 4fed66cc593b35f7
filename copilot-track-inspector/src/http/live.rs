//! The live stream. Each client has a watcher, which sends events to the client as they arrive, in
//! the format of server-sent events.
//!
//! Events are not queued for the watchers. Whenever a client can receive more data, its watcher
//! reads the events after the last one that the watcher sent. A slow client therefore delays no
//! other client, and no events are buffered for it. If events were evicted before the watcher read
//! them, the watcher sends a `gap` message.

use std::{collections::VecDeque, convert::Infallible, fmt::Write as _, sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use futures_util::{FutureExt as _, Stream, stream};
use serde::Serialize;
use serde_json::json;
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::{Instant, interval_at, sleep},
};

use super::response::error_response;
use crate::{
    app::{App, StateResponse},
    chaos::switch::ChaosStatus,
    event::{
        json::{BriefWriter, FullEvent, join_lines},
        model::Event,
    },
    store::{
        deletions::{Deleted, DeletionReceiver},
        status::StoreStatus,
    },
};

/// The maximum number of events in one message.
const MAX_EVENTS_PER_MESSAGE: usize = 256;
/// The maximum total size of the calls in one message, in bytes.
const MAX_BYTES_PER_MESSAGE: usize = 1024 * 1024;
/// The approximate size of an event in a message, in addition to its call, in bytes.
const EVENT_BYTES: usize = 640;
/// How long events are collected before they are sent.
const BURST_WINDOW: Duration = Duration::from_millis(50);
/// The minimum time between two `state` messages.
const STATE_INTERVAL: Duration = Duration::from_secs(1);
/// How long a connection may be idle before a comment is sent to keep it alive.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(15);

/// Streams the events that follow the event with the sequence number `after`, or only future events
/// if `after` is `None`.
pub(crate) fn live_response(app: Arc<App>, after: Option<u64>, raw: bool) -> Response {
    let Ok(permit) = Arc::clone(&app.watchers).try_acquire_owned() else {
        return error_response(
            StatusCode::SERVICE_UNAVAILABLE,
            "too many live streams are open; close a page or a terminal that uses one",
        );
    };
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let body = Body::from_stream(messages(Watcher::new(app, after, raw, permit)));
    (headers, body).into_response()
}

fn messages(watcher: Watcher) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold(watcher, |mut watcher| async {
        let message = watcher.next().await;
        Some((Ok(message), watcher))
    })
}

struct Watcher {
    app: Arc<App>,
    /// Whether events are sent in full.
    raw: bool,
    /// Events after this sequence number have not been sent yet.
    cursor: u64,
    resets: u64,
    changes: watch::Receiver<StoreStatus>,
    chaos: watch::Receiver<ChaosStatus>,
    deletions: DeletionReceiver,
    sent_state: Option<StateResponse>,
    state_timer: tokio::time::Interval,
    last_sent: Instant,
    /// Messages to send before anything else.
    ready: VecDeque<Bytes>,
    _permit: OwnedSemaphorePermit,
}

impl Watcher {
    fn new(app: Arc<App>, after: Option<u64>, raw: bool, permit: OwnedSemaphorePermit) -> Self {
        let (mut changes, mut chaos) = (app.store.subscribe(), app.chaos.subscribe());
        let deletions = app.store.subscribe_to_deletions();
        let status = *changes.borrow_and_update();
        let chaos_status = chaos.borrow_and_update().clone();
        let state = app.state();
        let mut ready = VecDeque::from([message("state", &state), message("chaos", &chaos_status)]);
        let mut cursor = after.unwrap_or(status.last_seq);
        if cursor > status.last_seq {
            // The number in `after` is from an earlier run of this server.
            ready.push_front(message("reset", &json!({})));
            cursor = 0;
        }
        Self {
            cursor,
            resets: status.resets,
            changes,
            chaos,
            deletions,
            sent_state: Some(state),
            state_timer: interval_at(Instant::now() + STATE_INTERVAL, STATE_INTERVAL),
            last_sent: Instant::now(),
            ready,
            raw,
            app,
            _permit: permit,
        }
    }

    async fn next(&mut self) -> Bytes {
        let message = loop {
            self.queue_status_messages();
            if let Some(message) = self.ready.pop_front() {
                break message;
            }
            if let Some(message) = self.events().await {
                break message;
            }
            self.wait().await;
        };
        self.last_sent = Instant::now();
        message
    }

    /// Queues the status messages that are due. They are sent even while new events keep arriving.
    fn queue_status_messages(&mut self) {
        if self.state_timer.tick().now_or_never().is_some() {
            self.queue_state();
        }
        if self.chaos.has_changed().unwrap_or(false) {
            let chaos_status = self.chaos.borrow_and_update().clone();
            self.ready.push_back(message("chaos", &chaos_status));
        }
        // A deletion also changes the status of the store, so the watcher wakes up.
        while let Some(deleted) = self.deletions.try_next() {
            let message = match deleted {
                Deleted::Conversation(deletion) => message("deleted", &deletion),
                Deleted::Many => message("reset", &json!({})),
            };
            self.ready.push_back(message);
        }
    }

    /// Returns a message with the events after the cursor, if there are any. If events were
    /// deleted, or if they were evicted before they were sent, first returns a message about that.
    async fn events(&mut self) -> Option<Bytes> {
        let status = *self.changes.borrow_and_update();
        if status.resets != self.resets {
            self.resets = status.resets;
            self.cursor = self.cursor.max(status.first_seq.saturating_sub(1));
            return Some(message("reset", &json!({})));
        }
        if status.last_seq <= self.cursor {
            return None;
        }
        let after = self.cursor;
        let read = self
            .app
            .store
            .after(after, MAX_EVENTS_PER_MESSAGE, MAX_BYTES_PER_MESSAGE)
            .await;
        let events = read.unwrap_or_default();
        let (first, last) = (events.first()?.seq, events.last()?.seq);
        if first > after + 1 {
            // The next call to this method returns the events themselves.
            self.cursor = first - 1;
            return Some(message(
                "gap",
                &json!({ "from": after + 1, "to": first - 1 }),
            ));
        }
        self.cursor = last;
        Some(events_message(&events, last, self.raw))
    }

    /// Waits until there is something to send.
    async fn wait(&mut self) {
        let keep_alive_at = self.last_sent + KEEP_ALIVE_INTERVAL;
        tokio::select! {
            changed = self.changes.changed() => {
                if changed.is_err() {
                    return std::future::pending().await;
                }
                sleep(BURST_WINDOW).await;
            }
            changed = self.chaos.changed() => {
                // The next call to `queue_status_messages` queues a message with the new status.
                if changed.is_err() {
                    return std::future::pending().await;
                }
                self.chaos.mark_changed();
            }
            _ = self.state_timer.tick() => self.queue_state(),
            () = tokio::time::sleep_until(keep_alive_at) => self.ready.push_back(Bytes::from_static(b": alive\n\n")),
        }
    }

    /// Queues a `state` message if the state has changed.
    fn queue_state(&mut self) {
        let state = self.app.state();
        if self.sent_state.as_ref() != Some(&state) {
            self.ready.push_back(message("state", &state));
            self.sent_state = Some(state);
        }
    }
}

/// Returns a message with events, of which `last` is the last one.
fn events_message(events: &[Arc<Event>], last: u64, raw: bool) -> Bytes {
    let calls = events.iter().map(|event| event.full_bytes());
    let bytes = if raw { calls.sum::<usize>() } else { 0 };
    let capacity = bytes + (events.len() + 1) * EVENT_BYTES;
    let mut message = String::with_capacity(capacity);
    // Writing to a string cannot fail.
    let _ = write!(message, "event: events\nid: {last}\ndata: ");
    let data = message.len();
    message.push_str("{\"events\":[");
    let mut writer = BriefWriter::default();
    for (index, event) in events.iter().enumerate() {
        if index > 0 {
            message.push(',');
        }
        if raw {
            let json = serde_json::to_string(&FullEvent(event));
            message.push_str(json.as_deref().unwrap_or("null"));
        } else {
            writer.push(&mut message, event);
        }
    }
    message.push_str("]}");
    // A line break would end the data.
    let mut message = message.into_bytes();
    join_lines(message.get_mut(data..).unwrap_or_default());
    message.extend_from_slice(b"\n\n");
    message.into()
}

fn message(event: &str, data: &impl Serialize) -> Bytes {
    let data = serde_json::to_string(data).unwrap_or_default();
    format!("event: {event}\ndata: {data}\n\n").into()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::ingest::import::read_lines;

    #[test]
    fn an_event_with_line_breaks_is_one_line_of_data() {
        let call = "{\n\t\"type\": \"track\",\r\n\"event\": \"E\", \"properties\": {\"list\": [\n1,\r2\n]}}";
        let event = Arc::new(read_lines(std::iter::once(call)).remove(0).unwrap());
        for raw in [true, false] {
            let message = events_message(&[Arc::clone(&event)], 7, raw);
            let message = std::str::from_utf8(&message).unwrap();
            let message = message.strip_suffix("\n\n").unwrap();
            let [name, id, data] = message.split(['\n', '\r']).collect::<Vec<_>>()[..] else {
                panic!("{message}");
            };
            assert_eq!([name, id], ["event: events", "id: 7"]);
            let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
            let properties = if raw {
                "/events/0/raw/properties"
            } else {
                "/events/0/properties"
            };
            assert_eq!(data.pointer(properties).unwrap(), &json!({"list": [1, 2]}));
        }
    }
}
