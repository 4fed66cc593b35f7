//! Generates the new function from the parsed arguments and the parsed function.
//!
//! | file | content |
//! | --- | --- |
//! | `tool.rs`, `reply.rs`, `media.rs`, `component.rs`, `message.rs`, `feedback.rs`, `conversation.rs` | one attribute each |
//! | `wrap/` | the new function around the user's body |
//! | `on_success.rs` | events that are sent when the function succeeds |
//! | `shape.rs` | the kind of return value, with the `future` and `stream` arguments applied |
//! | `evaluation.rs` | when the expressions in arguments are evaluated |
//! | `event.rs` | the expression that creates an event |
//! | `result.rs` | properties that are derived from the returned value |
//! | `closure.rs` | closures in arguments, applied to a value |
//! | `return_checks.rs` | checks that the returned value is not a future or a stream that cannot be tracked |
//! | `context.rs` | paths to the library, and the static that most expansions contain |
//! | `span.rs` | spans and hygiene |

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
mod result;
mod return_checks;
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

/// Returns the new function.
pub(crate) fn expand(kind: AttributeKind, args: &Args, function: &mut TrackedFn) -> TokenStream {
    let mut cx = Context::new(args);
    cx.checks = return_checks::checks(&cx, kind, args, function);
    function.relax_expectations();
    match kind {
        AttributeKind::Tool => tool::expand(&cx, args, function),
        AttributeKind::Reply | AttributeKind::Turn => reply::expand(&cx, args, function),
        AttributeKind::Media => media::expand(&cx, args, function),
        AttributeKind::Component => component::expand(&cx, args, function),
        AttributeKind::Message => message::expand(&cx, args, function),
        AttributeKind::Feedback => feedback::expand(&cx, args, function),
        AttributeKind::Conversation => conversation::expand(&cx, args, function),
    }
}
