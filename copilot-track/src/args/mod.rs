//! What the arguments of the attributes may be, and what a function may return.
//!
//! Nobody has to name these traits but where a function is generic over one: they are here to be
//! looked up, as the compiler names them where something else is given.

mod argument;
mod as_conversation;
mod boxed_reply;
mod message_body;
pub(crate) mod return_type;

pub use self::argument::{IntoOutcome, IntoProperty, IntoRating, IntoRole, IntoText};
pub use self::as_conversation::AsConversation;
pub use self::boxed_reply::BoxedReply;
pub use self::message_body::MessageBody;

pub use self::return_type::{BoxedFuture, BoxedStream, PlainValue, Value, WholeReply};
#[doc(no_inline)]
pub use crate::event::ids::IntoMessageId;
