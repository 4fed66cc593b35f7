//! Confirms the ends whose events were sent.

use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::conversations::store_reader::{StoreCaller, TIMEOUT};
use crate::event::ids::conversation_id::ConversationId;
use crate::tracker::tracker::Tracker;

/// The maximum time that a confirmation waits for the delivery of its Conversation Ended event.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(20);
/// The number of attempts to confirm an end.
const ATTEMPTS: u32 = 5;

/// A conversation, and the number of its end.
pub(super) type SentEnd = (ConversationId, u64);

/// Confirms the ends whose events were sent.
///
/// An end is confirmed once its event is delivered or dropped, or after [`DELIVERY_TIMEOUT`]. If
/// this process is killed before the confirmation, another process sends the event again, with the
/// same id.
///
/// If the endpoint is down for longer, the events are in the queue like all others. Without a
/// confirmation, they would be queued again each time that their claims expire.
pub(super) struct Confirmations {
    tracker: Tracker,
    caller: StoreCaller,
    /// The time between two attempts grows by this time.
    interval: Duration,
    sent: UnboundedReceiver<SentEnd>,
    tasks: JoinSet<()>,
}

impl Confirmations {
    /// Returns a value, and the sender of the ends whose events were sent.
    pub(super) fn new(
        tracker: Tracker,
        caller: StoreCaller,
        interval: Duration,
    ) -> (Self, UnboundedSender<SentEnd>) {
        let (sender, sent) = unbounded_channel();
        let confirmations = Self {
            tracker,
            caller,
            interval,
            sent,
            tasks: JoinSet::new(),
        };
        (confirmations, sender)
    }

    /// Starts to confirm the ends whose events were sent.
    pub(super) fn start(&mut self) {
        while self.tasks.try_join_next().is_some() {}
        let mut sent = Vec::new();
        while let Ok(end) = self.sent.try_recv() {
            sent.push(end);
        }
        if sent.is_empty() {
            return;
        }
        let (caller, tracker) = (self.caller.clone(), self.tracker.clone());
        let interval = self.interval;
        self.tasks.spawn(async move {
            let _ = tracker.flush_queued(DELIVERY_TIMEOUT).await;
            for (id, number) in sent {
                confirm(&caller, &id, number, interval).await;
            }
        });
    }

    /// Waits until one confirmation has ended. Returns `false` if there is none.
    pub(super) async fn wait_for_one(&mut self) -> bool {
        self.tasks.join_next().await.is_some()
    }
}

async fn confirm(caller: &StoreCaller, id: &ConversationId, number: u64, interval: Duration) {
    for attempt in 1..=ATTEMPTS {
        let id = id.clone();
        let confirmed = caller
            .call(TIMEOUT, move |store| {
                Box::pin(async move { store.confirm_end(&id, number).await })
            })
            .await;
        if confirmed.is_ok() {
            break;
        }
        sleep_until(Instant::now() + interval * attempt).await;
    }
}
