//! The properties that `copilot-track` can add to the spec's events.
//!
//! `copilot_track::OPT_IN_PROPERTIES` is the same table. This crate does not depend on
//! `copilot-track`, so the table is repeated here, and a test of the repository compares the two.

/// A property that `copilot-track` can add to the spec's events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OptInProperty {
    /// The name.
    pub name: &'static str,
    /// The JSON Schema type: `string`, `integer`, or `number`.
    pub json_type: &'static str,
    /// The events that can have the property.
    pub events: &'static [&'static str],
    /// The meaning.
    pub description: &'static str,
}

/// The properties that `copilot-track` can add to the spec's events. All of them are optional.
pub const OPT_IN_PROPERTIES: &[OptInProperty] = &[
    property(
        "duration_ms",
        "number",
        &[MESSAGE_RECEIVED, ACTION_INVOKED],
        "The duration of the call in milliseconds",
    ),
    property(
        "first_chunk_ms",
        "number",
        &[MESSAGE_RECEIVED],
        "The time until the first text of a stream, in milliseconds",
    ),
    property(
        "first_token_ms",
        "number",
        &[MESSAGE_RECEIVED],
        "The time from the start of a model call to its first token, in milliseconds (set by adapters)",
    ),
    property(
        "outcome",
        "string",
        &[ACTION_INVOKED],
        "How the call ended: `ok`, `error`, `cancelled`, `panicked`, or a string from the application",
    ),
    property(
        "error_type",
        "string",
        &[ACTION_INVOKED],
        "The name of the error's type",
    ),
    property(
        "completion",
        "string",
        &[MESSAGE_RECEIVED],
        "Why a streamed reply is incomplete: `error` or `cancelled`",
    ),
    property(
        "ended_by",
        "string",
        &["Conversation Ended"],
        "Why the conversation ended: `idle`, `capacity`, or `application`",
    ),
    property(
        "provider",
        "string",
        &[MESSAGE_RECEIVED],
        "The provider of the model",
    ),
    property(
        "model",
        "string",
        &[MESSAGE_RECEIVED],
        "The name of the model",
    ),
    property(
        "input_tokens",
        "integer",
        &[MESSAGE_RECEIVED],
        "The number of tokens that were sent to the model",
    ),
    property(
        "output_tokens",
        "integer",
        &[MESSAGE_RECEIVED],
        "The number of tokens that the model generated",
    ),
    property(
        "cached_input_tokens",
        "integer",
        &[MESSAGE_RECEIVED],
        "The part of the input tokens that came from a cache",
    ),
    property(
        "reasoning_tokens",
        "integer",
        &[MESSAGE_RECEIVED],
        "The part of the output tokens that the model used for reasoning",
    ),
    property(
        "cost_usd",
        "number",
        &[MESSAGE_RECEIVED],
        "The cost in US dollars",
    ),
    property(
        "finish_reason",
        "string",
        &[MESSAGE_RECEIVED],
        "Why the model stopped",
    ),
];

const MESSAGE_RECEIVED: &str = "Message Received";
const ACTION_INVOKED: &str = "Action Invoked";

const fn property(
    name: &'static str,
    json_type: &'static str,
    events: &'static [&'static str],
    description: &'static str,
) -> OptInProperty {
    OptInProperty {
        name,
        json_type,
        events,
        description,
    }
}
