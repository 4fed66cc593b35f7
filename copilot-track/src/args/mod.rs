//! Traits for attribute arguments, for the return types of annotated functions, for flattened
//! fields of events, and for the events in `plan!`.
//!
//! They are public so that you can look them up when a compiler error mentions them. You need to
//! name them only in the bounds of a generic function.

mod argument;
mod as_conversation;
mod boxed_reply;
mod message_body;
mod outcome;
mod returned_future;

pub use self::argument::{IntoOutcome, IntoProperty, IntoRating, IntoRole, IntoText, PropertyText};
pub use self::as_conversation::AsConversation;
pub use self::boxed_reply::BoxedReply;
pub use self::message_body::MessageBody;
pub use self::outcome::Outcome;
pub use self::returned_future::{FallibleFuture, ReturnedFuture};

pub use crate::event::described::planned_event::PlannedEvent;
#[doc(no_inline)]
pub use crate::event::ids::into_message_id::IntoMessageId;
pub use crate::event::properties::flattened::{FlattenedField, SingleValue};
pub use crate::tracking::return_type::{
    BoxedFuture, FutureReturn, OtherFuture, ReplyPart, ReturnedPart, TrackedReturn, Value,
    ValueStream, WholeReply, WholeResult,
};
