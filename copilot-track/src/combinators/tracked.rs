//! A future whose call is tracked.

use std::borrow::Cow;
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::call_kind::{CallKind, EventSetting, EventSettings};
use super::site::Site;
use crate::args::AsConversation;
use crate::event::extra_properties::SerializedValue;
use crate::event::ids::into_message_id::IntoMessageId;
use crate::event::properties::value::PropertyValue;
use crate::event::role::Role;
use crate::tracking::call_site::{CURRENT, Condition, TargetConversation};
use crate::tracking::tracked_future::PolledCall;

pin_project! {
    /// A future whose call is tracked. Returned by the methods of
    /// [`TrackedFutureExt`](crate::TrackedFutureExt).
    ///
    /// The settings of the call must be made before the future is first polled.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Tracked<F, K> {
        #[pin]
        future: F,
        kind: Option<K>,
        target: TargetConversation,
        condition: Condition,
        site: Site,
        call: PolledCall,
    }
}

impl<F, K> Tracked<F, K> {
    #[track_caller]
    pub(super) fn new(future: F, method: &'static str, kind: K) -> Self {
        Self {
            future,
            kind: Some(kind),
            target: CURRENT,
            condition: Condition::Met,
            site: Site {
                method,
                location: Location::caller(),
            },
            call: PolledCall::default(),
        }
    }

    /// Changes the kind of the call.
    pub(super) fn map_kind<L>(self, change: impl FnOnce(K) -> L) -> Tracked<F, L> {
        Tracked {
            future: self.future,
            kind: self.kind.map(change),
            target: self.target,
            condition: self.condition,
            site: self.site,
            call: self.call,
        }
    }

    /// Sets the conversation or turn to which the event belongs: a [`Conversation`], a [`Turn`], a
    /// reference to one, or an `Option` of these. By default, it is the one that is current when
    /// the future is first polled.
    ///
    /// [`Conversation`]: crate::Conversation
    /// [`Turn`]: crate::Turn
    pub fn conversation(mut self, conversation: impl AsConversation) -> Self {
        self.target = conversation.target();
        self
    }

    /// Sets whether the event is sent. If it is not sent, the ledger does not count the call. The
    /// scope of a reply stays the same.
    pub fn when(mut self, condition: bool) -> Self {
        self.condition = Condition::of(condition);
        self
    }
}

impl<F, K: EventSettings> Tracked<F, K> {
    /// Sets the role.
    pub fn role(self, role: impl Into<Role>) -> Self {
        self.set(EventSetting::Role(role.into()))
    }

    /// Sets the id of the message to which the event belongs. For a reply, this is the id of the
    /// reply.
    ///
    /// A string that is not a valid id makes the event invalid: the event is not sent, and the
    /// ledger counts it.
    pub fn message_id(self, id: impl IntoMessageId) -> Self {
        self.set(EventSetting::MessageId(id.into_message_id()))
    }

    /// Sets an additional property.
    ///
    /// A value that fails to serialize makes the event invalid: the event is not sent, and the
    /// ledger counts it.
    pub fn property(self, name: impl Into<Cow<'static, str>>, value: impl PropertyValue) -> Self {
        let value = SerializedValue::of_owned(value);
        self.set(EventSetting::Property(name.into(), value))
    }

    /// Sets an additional property that contains text from the conversation. The
    /// [content policy](crate::Content) applies to it, as to the text of a message.
    pub fn text(self, name: impl Into<Cow<'static, str>>, text: impl AsRef<str>) -> Self {
        self.set(EventSetting::Text(name.into(), text.as_ref().to_owned()))
    }

    fn set(mut self, setting: EventSetting) -> Self {
        if let Some(kind) = &mut self.kind {
            kind.set(setting);
        }
        self
    }
}

impl<F: Future, K: CallKind<F::Output>> Future for Tracked<F, K> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if !this.call.has_started()
            && let Some(kind) = this.kind
        {
            let target = std::mem::replace(this.target, CURRENT).when(*this.condition);
            this.call.start(kind.start(this.site.call_site(), target));
        }
        let polled = this.call.poll(this.future, context);
        if let Poll::Ready(output) = &polled
            && let Some(completion) = this.call.complete()
            && let Some(kind) = this.kind.take()
        {
            completion.complete_contained(|completion| kind.complete(output, completion));
        }
        polled
    }
}

impl<F: fmt::Debug, K: fmt::Debug> fmt::Debug for Tracked<F, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracked")
            .field("future", &self.future)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}
