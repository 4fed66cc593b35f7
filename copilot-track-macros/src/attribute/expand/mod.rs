//! From the typed model to tokens. One file a macro; nothing is parsed here.
//!
//! | file | is |
//! | --- | --- |
//! | `tool.rs`, `reply.rs`, `media.rs`, `component.rs`, `message.rs`, `feedback.rs`, `conversation.rs` | one macro each |
//! | `wrap/` | how the user's body is put into the new one, by the kind of function |
//! | `on_success.rs` | an event that is sent when the function has succeeded |
//! | `shape.rs` | what the function returns, as its type and the flags say |
//! | `hoist.rs` | whether an argument's expression is evaluated at once or when it is needed |
//! | `event.rs` | the expression that makes an event |
//! | `span.rs` | where errors are shown |
//! | `closure.rs` | a closure of an argument, applied to a value |

mod closure;
mod component;
mod context;
mod conversation;
mod evaluation;
mod event;
mod feedback;
mod media;
mod message;
mod on_success;
mod reply;
mod shape;
mod span;
mod tool;
mod wrap;

use proc_macro2::TokenStream;

use crate::{
    attribute::{kind::AttributeKind, parse::args::Args},
    function::tracked_fn::TrackedFn,
};
use context::Context;

/// The new function.
pub(crate) fn expand(kind: AttributeKind, args: &Args, function: &mut TrackedFn) -> TokenStream {
    let cx = Context::new(kind, args, function);
    match kind {
        AttributeKind::Tool => tool::expand(&cx, args, function),
        AttributeKind::Reply => reply::expand(&cx, args, function),
        AttributeKind::Media => media::expand(&cx, args, function),
        AttributeKind::Component => component::expand(&cx, args, function),
        AttributeKind::Message => message::expand(&cx, args, function),
        AttributeKind::Feedback => feedback::expand(&cx, args, function),
        AttributeKind::Conversation => conversation::expand(&cx, args, function),
    }
}
