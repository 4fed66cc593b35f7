//! The tracker: configuration, queue, delivery.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use segment::message::BatchMessage;
use serde::Serialize;

use crate::delivery::endpoint::WriteKey;
use crate::delivery::envelope::{ApiCall, Envelope, EventContextRef, Identity};
use crate::delivery::handle::DeliveryHandle;
use crate::delivery::queue::bounded::SHARDS;
use crate::delivery::worker::barrier::Barrier;
use crate::event::extra_properties::SerializedValue;
use crate::event::id_and_clock::IdAndClock;
use crate::event::sampling::SampleRate;
use crate::event::track_event::TrackEvent;
use crate::event::user::User;
use crate::ledger::counters::Counters;
use crate::ledger::counts::Ledger;
use crate::ledger::drop_reason::DropReason;
use crate::ledger::report::Report;
use crate::tracker::replay_options::ReplayOptions;

/// Sends events, on a thread of its own.
///
/// Cheap to clone: an application's state holds one. There is no global tracker. When the last
/// handle on it is dropped, conversations included, what is queued is sent for up to 5 s
/// ([`drop_timeout`](crate::TrackerBuilder::drop_timeout)); [`shutdown`](Self::shutdown) does that
/// under a deadline of yours and tells what became of it.
///
/// After it is built nothing returns an error: what goes wrong is counted in the
/// [`ledger`](Self::ledger), and said once through `tracing`.
///
/// A process that is forked has no delivery thread. There a tracker of the parent's neither waits
/// nor sends: its events are counted and never delivered, and `flush`, `shutdown` and dropping it
/// return at once. Build a tracker in the child, as you would a runtime. What the parent's threads
/// were at work on at that moment, such as a conversation, is not for the child to use. With a
/// spool, a child that lives on without calling `exec` keeps its directory in use.
#[derive(Clone)]
pub struct Tracker {
    inner: Arc<Inner>,
}

struct Inner {
    /// `None` when disabled.
    delivery: Option<DeliveryHandle>,
    counters: Arc<Counters>,
    key: WriteKey,
    id_and_clock: IdAndClock,
    options: TrackerOptions,
    /// What it takes to send dead letters again.
    replay_options: Option<ReplayOptions>,
    shards: AtomicUsize,
}

/// How a tracker behaves towards its callers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TrackerOptions {
    /// How long dropping the last handle may take.
    pub(crate) drop_timeout: Duration,
    /// Each event is on disk before the call that emits it returns.
    pub(crate) strict: bool,
    /// Which conversations are tracked.
    pub(crate) sample_rate: SampleRate,
}

impl Tracker {
    pub(crate) fn new(
        delivery: DeliveryHandle,
        counters: Arc<Counters>,
        key: WriteKey,
        id_and_clock: IdAndClock,
        options: TrackerOptions,
        replay_options: Option<ReplayOptions>,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                delivery: Some(delivery),
                counters,
                key,
                id_and_clock,
                options,
                replay_options,
                shards: AtomicUsize::new(0),
            }),
        }
    }

    /// A tracker that does nothing: no thread, no events. Annotated functions run as if they were
    /// not annotated.
    #[must_use]
    pub fn disabled() -> Self {
        Self {
            inner: Arc::new(Inner {
                delivery: None,
                counters: Arc::new(Counters::default()),
                key: WriteKey::unchecked(String::new()),
                id_and_clock: IdAndClock::default(),
                options: TrackerOptions {
                    drop_timeout: Duration::ZERO,
                    strict: false,
                    sample_rate: SampleRate::ALL,
                },
                replay_options: None,
                shards: AtomicUsize::new(0),
            }),
        }
    }

    /// Whether events go anywhere.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.inner.delivery.is_some()
    }

    /// Sends an event outside of any conversation.
    pub fn track(&self, user: &User, event: impl TrackEvent + Send + 'static) {
        let mut event = event.into_event();
        let message_id = event.take_message_id();
        let about = EventContextRef {
            identity: Some(&conversationless_identity(user.clone())),
            message_id: message_id.as_ref(),
        };
        self.push(
            0,
            about,
            Envelope {
                id: self.inner.id_and_clock.envelope_id(),
                timestamp: event
                    .timestamp
                    .unwrap_or_else(|| self.inner.id_and_clock.now()),
                call: ApiCall::Track {
                    payload: event.payload,
                    settings: event.settings,
                },
            },
        );
    }

    /// Identify, outside of any conversation.
    pub fn identify(&self, user: &User) {
        self.identify_with(user, &serde_json::Map::new());
    }

    /// Identify, outside of any conversation, with what is known of the user: a map or struct.
    ///
    /// Traits that are neither make the call invalid: it is not sent, and the ledger counts it.
    pub fn identify_with(&self, user: &User, traits: &(impl Serialize + ?Sized)) {
        self.identify_as(0, &conversationless_identity(user.clone()), traits);
    }

    pub(crate) fn identify_as(
        &self,
        shard: usize,
        identity: &Arc<Identity>,
        traits: &(impl Serialize + ?Sized),
    ) {
        if !self.is_enabled() {
            return;
        }
        let traits = match SerializedValue::of(traits).0 {
            Ok(json) if json.starts_with('{') => Ok(json.into()),
            Ok(_) => Err("its traits are neither a map nor a struct".into()),
            Err(error) => Err(format!("its traits cannot be turned into JSON: {error}").into()),
        };
        self.push(
            shard,
            EventContextRef::identity(identity),
            Envelope {
                id: self.inner.id_and_clock.envelope_id(),
                timestamp: self.inner.id_and_clock.now(),
                call: ApiCall::Identify(traits),
            },
        );
    }

    /// Sends any call of the tracking API, as a message of the `segment` crate: Track, Identify,
    /// Page, Screen, Group, Alias. It takes the path of every event: queue, content policy,
    /// `before_send`, batches, retries, ledger.
    ///
    /// ```
    /// use copilot_track::segment::message::{Group, User};
    /// use serde_json::json;
    ///
    /// # let tracker = copilot_track::Tracker::disabled();
    /// tracker.send(Group {
    ///     user: User::UserId { user_id: "123".into() },
    ///     group_id: "acme".into(),
    ///     traits: json!({ "plan": "pro" }),
    ///     ..Default::default()
    /// });
    /// ```
    ///
    /// Its own fields are kept; what it lacks is added: `messageId`, `timestamp` (now) and
    /// `context.library`. Where a field and one of that name in `extra` are both set, the field is
    /// sent. A message with neither a `userId` nor an `anonymousId`, or without the event, group or
    /// previous id that its kind needs, is not sent, and the ledger counts it as invalid.
    ///
    /// A `messageId` in `extra` is kept if it is a text of 1 to 100 characters: you then answer for
    /// it that no other call has it, of any customer of Segment's. **A chat message's id must never
    /// stand there**: Segment silently drops every further call with the same one. It belongs into
    /// `properties`, which [`Conversation::track`](crate::Conversation::track) sees to.
    pub fn send(&self, message: impl Into<BatchMessage>) {
        if !self.is_enabled() {
            return;
        }
        self.push(
            0,
            EventContextRef::NONE,
            Envelope {
                id: self.inner.id_and_clock.envelope_id(),
                timestamp: self.inner.id_and_clock.now(),
                call: ApiCall::SegmentMessage(Box::new(message.into())),
            },
        );
    }

    /// What became of every event so far. Takes no lock.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.inner.counters.read()
    }

    /// Returns the number of rejected events for each HTTP status that occurred. `None` stands for
    /// rejections by a transport without statuses.
    #[must_use]
    pub fn rejected_by_status(&self) -> Vec<(Option<u16>, u64)> {
        let by_status = self.inner.counters.rejected_by_status();
        by_status.into_iter().collect()
    }

    /// Sends what is queued now, and waits until the fate of every event so far is known or
    /// `timeout` has passed. Works on any executor.
    pub async fn flush(&self, timeout: Duration) -> Report {
        match &self.inner.delivery {
            Some(delivery) => delivery.wait(Barrier::Settled, timeout).await,
            None => self.empty_report(),
        }
    }

    /// [`flush`](Self::flush) for sync code: blocks this thread.
    pub fn flush_blocking(&self, timeout: Duration) -> Report {
        match &self.inner.delivery {
            Some(delivery) => delivery.wait_blocking(Barrier::Settled, timeout),
            None => self.empty_report(),
        }
    }

    /// Waits until every event so far is on disk or its fate is known, or `timeout` has passed:
    /// from then on it survives whatever happens to the process. Needs a [`Spool`](crate::Spool);
    /// without one it is [`flush`](Self::flush). Works on any executor.
    #[cfg(feature = "spool")]
    pub async fn sync(&self, timeout: Duration) -> Report {
        match &self.inner.delivery {
            Some(delivery) => delivery.wait(Barrier::OnDisk, timeout).await,
            None => self.empty_report(),
        }
    }

    /// [`sync`](Self::sync) for sync code: blocks this thread.
    #[cfg(feature = "spool")]
    pub fn sync_blocking(&self, timeout: Duration) -> Report {
        match &self.inner.delivery {
            Some(delivery) => delivery.wait_blocking(Barrier::OnDisk, timeout),
            None => self.empty_report(),
        }
    }

    /// Sends what is queued and ends the delivery thread, within `timeout`. Works on any executor.
    ///
    /// What is then left is counted as dropped, and so is every event that comes later. An event
    /// whose request was under way may have arrived nonetheless.
    ///
    /// With a spool what is left goes to disk instead, and is not dropped. That is awaited, too: a
    /// slow disk can make it later than `timeout`, and
    /// [`shutdown_blocking`](Self::shutdown_blocking) up to 10 s later.
    pub async fn shutdown(&self, timeout: Duration) -> Report {
        match &self.inner.delivery {
            Some(delivery) => delivery.wait(Barrier::Shutdown, timeout).await,
            None => self.empty_report(),
        }
    }

    /// [`shutdown`](Self::shutdown) for sync code: blocks this thread.
    pub fn shutdown_blocking(&self, timeout: Duration) -> Report {
        match &self.inner.delivery {
            Some(delivery) => delivery.wait_blocking(Barrier::Shutdown, timeout),
            None => self.empty_report(),
        }
    }

    /// Waits for what is asked; `None` when disabled.
    pub(crate) fn finish_blocking(&self, goal: Barrier, timeout: Duration) -> Option<Report> {
        let delivery = self.inner.delivery.as_ref()?;
        Some(delivery.wait_blocking(goal, timeout))
    }

    pub(crate) fn replay_options(&self) -> Option<&ReplayOptions> {
        self.inner.replay_options.as_ref()
    }

    fn empty_report(&self) -> Report {
        Report::new(self.ledger(), true)
    }

    pub(crate) fn push(&self, shard: usize, about: EventContextRef<'_>, envelope: Envelope) {
        if let Some(delivery) = &self.inner.delivery {
            delivery.push(shard, about, envelope);
            if self.inner.options.strict {
                // The queue has it; on disk it is when this returns.
                let _ = delivery.wait_blocking(Barrier::OnDisk, Duration::MAX);
            }
        }
    }

    pub(crate) fn sample_rate(&self) -> SampleRate {
        self.inner.options.sample_rate
    }

    pub(crate) fn count_sampled_out(&self) {
        self.inner.counters.count_sampled_out();
    }

    /// Counts an event that cannot even be queued.
    pub(crate) fn refuse(&self, why: &str) {
        self.inner.counters.count_emitted();
        self.inner.counters.log_dropped(DropReason::Invalid, 1, why);
    }

    pub(crate) fn id_and_clock(&self) -> &IdAndClock {
        &self.inner.id_and_clock
    }

    pub(crate) fn write_key(&self) -> &str {
        self.inner.key.expose()
    }

    /// Conversations are spread evenly.
    pub(crate) fn next_shard(&self) -> usize {
        self.inner.shards.fetch_add(1, Ordering::Relaxed) % SHARDS
    }
}

fn conversationless_identity(user: User) -> Arc<Identity> {
    Arc::new(Identity::new(user, None))
}

impl Drop for Inner {
    fn drop(&mut self) {
        let Some(delivery) = self.delivery.take() else {
            return;
        };
        if delivery.is_fork() {
            // Its channel and its queue are as the fork met them. They are left alone.
            std::mem::forget(delivery);
            return;
        }
        let _ = delivery.wait_blocking(Barrier::Shutdown, self.options.drop_timeout);
    }
}

impl fmt::Debug for Tracker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracker")
            .field("enabled", &self.is_enabled())
            .field("ledger", &self.ledger())
            .finish_non_exhaustive()
    }
}
