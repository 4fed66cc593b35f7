//! The handle to a tracker.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use segment::message::BatchMessage;

use crate::delivery::delivery_handle::DeliveryHandle;
use crate::delivery::envelope::{ApiCall, Envelope, EventContextRef, Identity};
use crate::delivery::queue::queue::SHARDS;
use crate::delivery::segment::nesting::Nested as _;
use crate::delivery::worker::barrier_request::Barrier;
use crate::delivery::write_key::WriteKey;
use crate::event::context::event_context::Context;
use crate::event::id_and_clock::IdAndClock;
use crate::event::identified_users::IdentifiedUsers;
use crate::event::sampling::SampleRate;
use crate::event::track_event::{Event, TrackEvent};
use crate::event::turn_context::Signer;
use crate::event::user::User;
use crate::ledger::counters::Counters;
use crate::ledger::counts::Ledger;
use crate::ledger::drop_reason::DropReason;
use crate::privacy::content::Content;
use crate::tracker::event_defaults::EventDefaults;
use crate::tracker::pending_work::PendingWork;
use crate::tracker::replay_options::ReplayOptions;
use crate::util::reentrancy;

/// A handle to a tracker. The tracker queues events and sends them from its own thread.
///
/// A handle is cheap to clone, and an application usually keeps one in its state. There is no
/// global tracker. Each conversation also holds a handle. When the last handle is dropped, queued
/// events are sent for up to 5 s (see [`drop_timeout`](crate::TrackerBuilder::drop_timeout)). To
/// set another deadline and to get a report, call [`shutdown`](Self::shutdown).
///
/// Methods that send events return no errors. Failures are counted in the [`ledger`](Self::ledger).
/// The first failure of each kind is logged as a warning through `tracing`.
///
/// # Process exit
///
/// When `main` returns, Rust drops its local variables. It does not drop statics or the variables
/// of threads that are still running. A tracker in one of these places loses the events that are
/// still queued, usually those of the last second. Shut such a tracker down at the end of `main`:
///
/// ```no_run
/// # use std::{sync::LazyLock, time::Duration};
/// # use copilot_track::Tracker;
/// static TRACKER: LazyLock<Tracker> = LazyLock::new(|| {
///     Tracker::from_env().unwrap_or_else(|error| {
///         eprintln!("{error}; nothing is tracked");
///         Tracker::disabled()
///     })
/// });
///
/// fn main() {
///     // …
///     let report = TRACKER.shutdown_blocking(Duration::from_secs(5));
///     if !report.is_all_delivered() { eprintln!("{report}"); }
/// }
/// ```
///
/// In async code, use `TRACKER.shutdown(…).await`. The same applies to `std::process::exit`, which
/// drops nothing.
///
/// # Calls from inside the library
///
/// The delivery thread runs application code: the `before_send` hook, a
/// [`segment_client`](crate::TrackerBuilder::segment_client), the `Serialize` and `Drop`
/// implementations of events, a `metrics` recorder, and the `tracing` subscriber that receives the
/// log records of this library and of the HTTP client. To keep such code from causing endless work,
/// these rules apply:
///
/// - Events that it tracks, with any tracker, are dropped and counted in
///   [`Dropped::reentrant`](crate::Dropped::reentrant). The same applies on other threads to events
///   that a subscriber tracks while it handles a log record from this library, and to events that
///   the `size_hint` or `Drop` implementation of another event tracks.
/// - [`flush`](Self::flush), `sync`, and [`shutdown`](Self::shutdown) return at once. Their reports
///   have [`on_delivery_thread`](crate::Report::on_delivery_thread) set.
/// - A panic is caught. If it costs an event, the event is counted as dropped. With a spool, a
///   batch whose transport panics is kept and sent again later.
///
/// A hook that must track an event can send it through a channel to another thread. It must not do
/// so for each event, because the event from the other thread reaches the hook, too, and would
/// cause another event. Similarly, a subscriber that processes log records on its own thread must
/// ignore records from threads named `copilot-track` and records with the target `copilot_track`.
///
/// # Forks
///
/// A forked process has no delivery thread. In the child, the parent's tracker does not send
/// anything: events are counted but never delivered. `flush` and `shutdown` return immediately, and
/// dropping the last handle does not wait. Build a new tracker in the child. Do not use a handle in
/// the child if another thread of the parent may have been using the handle during the fork. With a
/// spool, a child that does not call `exec` keeps the spool's directory in use.
#[derive(Clone)]
pub struct Tracker {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    /// `None` if the tracker is disabled.
    pub(super) delivery: Option<DeliveryHandle>,
    pub(super) counters: Arc<Counters>,
    key: WriteKey,
    id_and_clock: IdAndClock,
    pub(super) options: TrackerOptions,
    /// `None` if there is no file of dead letters.
    replay_options: Option<ReplayOptions>,
    event_defaults: EventDefaults,
    shards: AtomicUsize,
    /// The users and traits that were sent in Identify calls outside conversations.
    pub(super) identified: Mutex<IdentifiedUsers>,
    /// Work that can send further events.
    pub(super) pending_work: Mutex<Vec<Weak<dyn PendingWork>>>,
}

/// The minimum number of users and traits that a tracker remembers before it forgets the oldest
/// ones. The tracker uses at most about 300 KiB of memory for them.
const MAX_IDENTIFIED: usize = 4_096;

/// How long a call waits for a strict spool to write its event, if the disk hangs. Waiting can take
/// 250 ms longer.
const STRICT_TIMEOUT: Duration = Duration::from_millis(4_750);

/// The options that the handles of a tracker use.
#[derive(Debug, Clone)]
pub(crate) struct TrackerOptions {
    /// The maximum time to wait for delivery when the last handle is dropped.
    pub(crate) drop_timeout: Duration,
    /// Whether a call returns only after its event is on disk.
    pub(crate) strict: bool,
    /// The share of conversations to track.
    pub(crate) sample_rate: SampleRate,
    /// The tracker's content policy.
    pub(crate) content: Content,
    /// The keys for turn contexts, if there are any.
    pub(crate) signer: Option<Arc<Signer>>,
    /// The longest time that a batch waits for more events after its first one.
    pub(crate) flush_interval: Duration,
}

impl Tracker {
    pub(crate) fn new(
        delivery: DeliveryHandle,
        counters: Arc<Counters>,
        key: WriteKey,
        id_and_clock: IdAndClock,
        options: TrackerOptions,
        replay_options: Option<ReplayOptions>,
        event_defaults: EventDefaults,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                delivery: Some(delivery),
                counters,
                key,
                id_and_clock,
                options,
                replay_options,
                event_defaults,
                shards: AtomicUsize::new(0),
                identified: Mutex::new(IdentifiedUsers::new(MAX_IDENTIFIED)),
                pending_work: Mutex::default(),
            }),
        }
    }

    /// Creates a tracker that does nothing: it has no thread and sends no events. Annotated
    /// functions run as if they were not annotated.
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
                    content: Content::Full,
                    signer: None,
                    flush_interval: Duration::from_secs(1),
                },
                replay_options: None,
                event_defaults: EventDefaults::default(),
                shards: AtomicUsize::new(0),
                identified: Mutex::new(IdentifiedUsers::new(MAX_IDENTIFIED)),
                pending_work: Mutex::default(),
            }),
        }
    }

    /// Returns whether the tracker sends events.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.inner.delivery.is_some()
    }

    /// Sends an event outside a conversation.
    pub fn track(&self, user: &User, event: impl TrackEvent + Send + 'static) {
        let mut event = event.into_event();
        self.set_trace_id(&mut event);
        let message_id = event.take_message_id();
        let about = EventContextRef {
            identity: Some(&self.conversationless_identity(user.clone())),
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

    /// Sends a message of the `segment` crate: Track, Identify, Page, Screen, Group, or Alias.
    ///
    /// The message takes the same path as all other events: queue, content policy, `before_send`,
    /// batches, retries, and ledger.
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
    /// The following fields are added if they are missing: `messageId`, `timestamp` (the current
    /// time), and `context.library`. If a field is set and `extra` contains the same name, the
    /// value of the field is sent. A `sentAt` in `extra` is not sent, because each attempt to send
    /// a batch sets the `sentAt` of the batch.
    ///
    /// A `timestamp` in `extra` must be in RFC 3339 format. If a timestamp cannot be read, or if it
    /// is outside the years 0 to 9999, the message is invalid.
    ///
    /// An invalid message is not sent, and the ledger counts it. A message is invalid if
    ///
    /// - it has neither a `userId` nor an `anonymousId`, or one of them has more than 100
    ///   characters;
    /// - it lacks the event name, group id, or previous id that its kind requires;
    /// - its `properties`, `traits`, `context`, or `integrations` is neither an object nor `null`;
    /// - its timestamp is outside the years 0 to 9999;
    /// - it is nested more than 125 levels deep. The message itself is the first level.
    ///
    /// The same rules apply to messages that a `before_send` hook returns, and to events that are
    /// read from a spool or from a dead-letter file.
    ///
    /// A `messageId` in `extra` is kept if it is a string of 1 to 100 characters. It must be unique
    /// among all calls of all Segment customers. **Never put the id of a chat message there**:
    /// Segment silently drops every later call with the same id. The id of a chat message belongs
    /// in `properties`, where [`Conversation::track`](crate::Conversation::track) puts it.
    pub fn send(&self, message: impl Into<BatchMessage>) {
        // This check comes first, because even dropping the message could overflow the stack.
        let message = message.into().check_depth();
        if !self.is_enabled() {
            return;
        }
        let message = match message {
            Ok(message) => Box::new(message),
            Err(error) => return self.refuse(&error.to_string()),
        };
        self.push(
            0,
            EventContextRef::NONE,
            Envelope {
                id: self.inner.id_and_clock.envelope_id(),
                timestamp: self.inner.id_and_clock.now(),
                call: ApiCall::SegmentMessage(message),
            },
        );
    }

    /// Returns the ledger, which counts what has happened to the events so far. This method takes
    /// no lock.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.inner.counters.read()
    }

    /// Returns the number of rejected events for each HTTP status that occurred. The status is
    /// `None` for rejections by a transport that has no HTTP statuses.
    #[must_use]
    pub fn rejected_by_status(&self) -> Vec<(Option<u16>, u64)> {
        let by_status = self.inner.counters.rejected_by_status();
        by_status.into_iter().collect()
    }

    /// Returns whether both handles belong to the same tracker.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    pub(crate) fn replay_options(&self) -> Option<&ReplayOptions> {
        self.inner.replay_options.as_ref()
    }

    pub(crate) fn push(&self, shard: usize, context: EventContextRef<'_>, envelope: Envelope) {
        if let Some(delivery) = &self.inner.delivery {
            delivery.push(shard, context, envelope);
            if self.inner.options.strict && !reentrancy::is_inside() {
                let _ = delivery.wait_blocking(Barrier::OnDiskUnlessFailing, STRICT_TIMEOUT);
            }
        }
    }

    /// Queues an event outside a conversation. Waits for room for at most `timeout`, even if the
    /// overflow policy allows a longer wait. Even with a strict spool, this method does not wait
    /// until the event is on disk.
    pub(crate) fn push_within(&self, timeout: Duration, envelope: Envelope) {
        if let Some(delivery) = &self.inner.delivery {
            delivery.push_within(timeout, envelope);
        }
    }

    pub(crate) fn sample_rate(&self) -> SampleRate {
        self.inner.options.sample_rate
    }

    pub(crate) fn content(&self) -> Content {
        self.inner.options.content
    }

    /// Returns the keys for turn contexts, if there are any.
    pub(crate) fn signer(&self) -> Option<Arc<Signer>> {
        self.inner.options.signer.clone()
    }

    /// Returns the context that every event of this tracker has.
    pub(crate) fn context(&self) -> Option<&Arc<Context>> {
        self.inner.event_defaults.context.as_ref()
    }

    /// Returns the tracker's context merged with `own`. Counts the fields that are left out.
    pub(crate) fn merged_context(&self, own: Option<&Context>) -> Option<Arc<Context>> {
        let Some(own) = own else {
            return self.context().cloned();
        };
        Some(self.fitted(match self.context() {
            Some(context) => context.merged_with(own),
            None => own.clone(),
        }))
    }

    /// Leaves out fields if the context is too large, and counts them.
    pub(crate) fn fitted(&self, mut context: Context) -> Arc<Context> {
        let left_out = context.fit();
        self.inner.counters.count_context_fields_left_out(left_out);
        Arc::new(context)
    }

    /// Sets the id of the current trace on an event, if the application provides it.
    pub(crate) fn set_trace_id(&self, event: &mut Event) {
        if let Some(trace_id) = &self.inner.event_defaults.trace_id
            && let Some(id) = trace_id.current()
        {
            event.set_trace_id(id);
        }
    }

    pub(super) fn conversationless_identity(&self, user: User) -> Arc<Identity> {
        let mut identity = Identity::new(user, None);
        identity.context = self.context().cloned();
        Arc::new(identity)
    }

    pub(crate) fn count_sampled_out(&self) {
        self.inner.counters.count_sampled_out();
    }

    pub(crate) fn count_repeated_message(&self) {
        self.inner.counters.count_repeated_message();
    }

    /// Counts an event as dropped if it is tracked from inside the library. Returns whether the
    /// event must be dropped.
    pub(crate) fn drops_reentrant(&self) -> bool {
        let inside = reentrancy::is_inside();
        if inside {
            self.inner.counters.count_reentrant();
        }
        inside
    }

    /// Counts an event that is dropped as invalid before it is queued.
    pub(crate) fn refuse(&self, reason: &str) {
        if self.drops_reentrant() {
            return;
        }
        self.inner.counters.count_emitted();
        self.inner
            .counters
            .log_dropped(DropReason::Invalid, 1, reason);
    }

    pub(crate) fn id_and_clock(&self) -> &IdAndClock {
        &self.inner.id_and_clock
    }

    pub(crate) fn write_key(&self) -> &str {
        self.inner.key.expose()
    }

    /// Returns the queue shard for a new conversation. Conversations are distributed evenly among
    /// the shards.
    pub(crate) fn next_shard(&self) -> u8 {
        let shard = self.inner.shards.fetch_add(1, Ordering::Relaxed) % SHARDS;
        u8::try_from(shard).unwrap_or_default()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let Some(delivery) = self.delivery.take() else {
            return;
        };
        if delivery.is_fork() {
            // The fork may have interrupted another thread that was using the queue, so the queue
            // is not touched.
            std::mem::forget(delivery);
            return;
        }
        delivery.shut_down_for_drop(self.options.drop_timeout);
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
