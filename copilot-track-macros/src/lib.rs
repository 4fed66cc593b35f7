//! The attributes and the derive of copilot-track.

mod args;
mod derive;
mod errors;
mod expand;
mod handler;
mod names;

/// Makes a struct an event: a Track call of your own, beside the spec's.
#[proc_macro_derive(TrackEvent, attributes(track))]
pub fn derive_track_event(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive::expand(input.into()).into()
}

use args::grammar::Macro;
use proc_macro::TokenStream;

macro_rules! attribute {
    ($(#[$doc:meta])* $name:ident, $which:expr) => {
        $(#[$doc])*
        #[proc_macro_attribute]
        pub fn $name(arguments: TokenStream, item: TokenStream) -> TokenStream {
            expand::expand($which, arguments.into(), &item.into()).into()
        }
    };
}

attribute!(
    /// Action Invoked: the copilot or the user uses a tool.
    tracked_tool, Macro::Tool);
attribute!(
    /// Message Received: the copilot answers.
    tracked_reply, Macro::Reply);
attribute!(
    /// Media Generated.
    tracked_media, Macro::Media);
attribute!(
    /// Component Loaded.
    tracked_component, Macro::Component);
attribute!(
    /// Message Sent.
    tracked_message, Macro::Message);
attribute!(
    /// Feedback Submitted.
    tracked_feedback, Macro::Feedback);
attribute!(
    /// Conversation Started and Conversation Ended.
    tracked_conversation, Macro::Conversation);
