#![doc = include_str!("docs/crate.md")]

// `attribute` implements the attribute macros, and `derive` implements the derive macro. `function`
// parses the annotated function but leaves its body unparsed. `meta` parses the argument lists of
// all macros. `plan` implements `copilot_track::plan!`. `token_types` are the types of the fastest
// expansion.

mod attribute;
mod case;
mod derive;
mod error;
mod function;
mod meta;
mod plan;
mod reserved;
mod suggest;
mod token_types;

use attribute::{Mode, kind::AttributeKind};
use derive::Descriptions;
use proc_macro::TokenStream;

#[doc = include_str!("docs/tracked_tool.md")]
#[proc_macro_attribute]
pub fn tracked_tool(arguments: TokenStream, item: TokenStream) -> TokenStream {
    #[cfg(not(test))]
    if Mode::OF_BUILD == Mode::Track
        && let Some(expanded) = attribute::literal_tool::expand(arguments.clone(), item.clone())
    {
        return expanded;
    }
    expand_attribute(AttributeKind::Tool, arguments, item)
}

#[doc = include_str!("docs/tracked_reply.md")]
#[proc_macro_attribute]
pub fn tracked_reply(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand_attribute(AttributeKind::Reply, arguments, item)
}

#[doc = include_str!("docs/tracked_turn.md")]
#[proc_macro_attribute]
pub fn tracked_turn(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand_attribute(AttributeKind::Turn, arguments, item)
}

#[doc = include_str!("docs/tracked_media.md")]
#[proc_macro_attribute]
pub fn tracked_media(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand_attribute(AttributeKind::Media, arguments, item)
}

#[doc = include_str!("docs/tracked_component.md")]
#[proc_macro_attribute]
pub fn tracked_component(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand_attribute(AttributeKind::Component, arguments, item)
}

#[doc = include_str!("docs/tracked_message.md")]
#[proc_macro_attribute]
pub fn tracked_message(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand_attribute(AttributeKind::Message, arguments, item)
}

#[doc = include_str!("docs/tracked_feedback.md")]
#[proc_macro_attribute]
pub fn tracked_feedback(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand_attribute(AttributeKind::Feedback, arguments, item)
}

#[doc = include_str!("docs/tracked_conversation.md")]
#[proc_macro_attribute]
pub fn tracked_conversation(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand_attribute(AttributeKind::Conversation, arguments, item)
}

#[doc = include_str!("docs/track_event.md")]
#[proc_macro_derive(TrackEvent, attributes(track))]
pub fn derive_track_event(input: TokenStream) -> TokenStream {
    derive::expand(Descriptions::OF_BUILD, input.into()).into()
}

/// Generates the description of an event. `#[derive(TrackEvent)]` calls this macro in tests.
#[doc(hidden)]
#[proc_macro]
pub fn describe(input: TokenStream) -> TokenStream {
    derive::describe(input.into()).into()
}

/// The implementation of `copilot_track::plan!`.
#[doc(hidden)]
#[proc_macro]
pub fn plan(input: TokenStream) -> TokenStream {
    plan::expand(input.into()).into()
}

fn expand_attribute(kind: AttributeKind, arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::expand(Mode::OF_BUILD, kind, arguments.into(), &item.into()).into()
}
