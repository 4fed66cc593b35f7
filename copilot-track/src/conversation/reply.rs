//! The handle to the current reply.

use std::borrow::Cow;
use std::sync::Arc;

use crate::conversation::current;
use crate::conversation::scope::Scope;
use crate::event::extra_properties::SerializedValue;
use crate::event::ids::message_id::MessageId;
use crate::event::properties::value::PropertyValue;
use crate::event::usage::Usage;
use crate::ledger::process_counter::OUTSIDE_REPLY;

/// A handle to the current reply, to which it adds facts that become known while the reply runs.
///
/// ```
/// use copilot_track::{Reply, Usage};
///
/// # fn example() {
/// Reply::current().set_property("temperature", 0.5);
/// Reply::current().add_usage(Usage::new().model("m-2").input_tokens(10).output_tokens(5));
/// # }
/// ```
///
/// A reply is current in the body of a function with `#[tracked_reply]` or `#[tracked_turn]`, while
/// a stream from such a function is polled, in everything that these call, and in
/// [`PendingReply::run`](crate::PendingReply::run). Spawned tasks see the reply if they are bound
/// to it with [`in_current_turn`](crate::InCurrentTurn::in_current_turn). If a reply runs inside
/// another one, for example the reply of a sub-agent, the inner reply is current.
///
/// The facts are sent with Message Received. If the reply fails or has no text, they are dropped
/// with it. Outside a reply, and after the message has been sent, the methods have no effect,
/// and [`Ledger::outside_reply`](crate::Ledger::outside_reply) counts the call.
#[derive(Debug, Clone)]
#[must_use]
pub struct Reply {
    scope: Option<Arc<Scope>>,
}

impl Reply {
    /// Returns a handle to the current reply. Outside a reply, the handle does nothing.
    pub fn current() -> Self {
        Self::of(current::get())
    }

    /// Returns a handle to the reply of a scope.
    pub(crate) fn of(scope: Option<Arc<Scope>>) -> Self {
        let scope = scope.filter(|scope| scope.reply_id().is_some());
        Self { scope }
    }

    /// Returns the id of the reply's message, or `None` outside a reply.
    #[must_use]
    pub fn id(&self) -> Option<MessageId> {
        self.scope.as_ref()?.reply_id().cloned()
    }

    /// Sets a property of the reply's message. A property with the same name that was set earlier
    /// or by an attribute is replaced. A value that serializes to `null` is not sent.
    ///
    /// A value that fails to serialize makes the message invalid: it is not sent, and the ledger
    /// counts it.
    pub fn set_property(&self, name: impl Into<Cow<'static, str>>, value: impl PropertyValue) {
        self.change(|scope| {
            scope.set_reply_property(name.into(), SerializedValue::of_owned(value))
        });
    }

    /// Adds what a model used to generate the reply. The values of several calls add up, see
    /// [`Usage`].
    pub fn add_usage(&self, usage: Usage) {
        self.change(|scope| scope.add_reply_usage(usage));
    }

    fn change(&self, change: impl FnOnce(&Scope) -> bool) {
        let changed = match &self.scope {
            // Nothing is sent, so there is nothing to count either.
            Some(scope) if !scope.is_recording() => true,
            Some(scope) => change(scope),
            None => false,
        };
        if !changed {
            OUTSIDE_REPLY.count();
        }
    }
}
