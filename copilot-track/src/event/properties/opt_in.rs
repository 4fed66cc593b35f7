//! The properties that this crate can add to the spec's events.

/// The duration of a call in milliseconds.
pub(crate) const DURATION_MS: &str = "duration_ms";
/// The time until the first text of a stream, in milliseconds.
pub(crate) const FIRST_CHUNK_MS: &str = "first_chunk_ms";
/// The time from the start of a model call to its first token, in milliseconds.
pub(crate) const FIRST_TOKEN_MS: &str = "first_token_ms";
/// How a call ended.
pub(crate) const OUTCOME: &str = "outcome";
/// The name of the type of an error.
pub(crate) const ERROR_TYPE: &str = "error_type";
/// Why a streamed reply is incomplete.
pub(crate) const COMPLETION: &str = "completion";
/// Why a conversation ended.
pub(crate) const ENDED_BY: &str = "ended_by";
/// The provider of a model.
pub(crate) const PROVIDER: &str = "provider";
/// The name of a model.
pub(crate) const MODEL: &str = "model";
/// The number of tokens that were sent to a model.
pub(crate) const INPUT_TOKENS: &str = "input_tokens";
/// The number of tokens that a model generated.
pub(crate) const OUTPUT_TOKENS: &str = "output_tokens";
/// The part of the input tokens that came from a cache.
pub(crate) const CACHED_INPUT_TOKENS: &str = "cached_input_tokens";
/// The part of the output tokens that the model used for reasoning.
pub(crate) const REASONING_TOKENS: &str = "reasoning_tokens";
/// The cost in US dollars.
pub(crate) const COST_USD: &str = "cost_usd";
/// Why a model stopped.
pub(crate) const FINISH_REASON: &str = "finish_reason";

/// A property that this crate can add to the spec's events.
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

/// The properties that this crate can add to the spec's events. All except `completion` are added
/// only if the application asks for them.
///
/// Their names are in snake case, like most names of the spec. All of them are optional. An unknown
/// value is left out.
///
/// `docs/properties.md` in the repository contains the same table.
pub const OPT_IN_PROPERTIES: &[OptInProperty] = &[
    property(
        DURATION_MS,
        "number",
        &[MESSAGE_RECEIVED, ACTION_INVOKED],
        "The duration of the call in milliseconds",
    ),
    property(
        FIRST_CHUNK_MS,
        "number",
        &[MESSAGE_RECEIVED],
        "The time until the first text of a stream, in milliseconds",
    ),
    property(
        FIRST_TOKEN_MS,
        "number",
        &[MESSAGE_RECEIVED],
        "The time from the start of a model call to its first token, in milliseconds (set by adapters)",
    ),
    property(
        OUTCOME,
        "string",
        &[ACTION_INVOKED],
        "How the call ended: `ok`, `error`, `cancelled`, `panicked`, or a string from the application",
    ),
    property(
        ERROR_TYPE,
        "string",
        &[ACTION_INVOKED],
        "The name of the error's type",
    ),
    property(
        COMPLETION,
        "string",
        &[MESSAGE_RECEIVED],
        "Why a streamed reply is incomplete: `error` or `cancelled`",
    ),
    property(
        ENDED_BY,
        "string",
        &["Conversation Ended"],
        "Why the conversation ended: `idle`, `capacity`, or `application`",
    ),
    property(
        PROVIDER,
        "string",
        &[MESSAGE_RECEIVED],
        "The provider of the model",
    ),
    property(
        MODEL,
        "string",
        &[MESSAGE_RECEIVED],
        "The name of the model",
    ),
    property(
        INPUT_TOKENS,
        "integer",
        &[MESSAGE_RECEIVED],
        "The number of tokens that were sent to the model",
    ),
    property(
        OUTPUT_TOKENS,
        "integer",
        &[MESSAGE_RECEIVED],
        "The number of tokens that the model generated",
    ),
    property(
        CACHED_INPUT_TOKENS,
        "integer",
        &[MESSAGE_RECEIVED],
        "The part of the input tokens that came from a cache",
    ),
    property(
        REASONING_TOKENS,
        "integer",
        &[MESSAGE_RECEIVED],
        "The part of the output tokens that the model used for reasoning",
    ),
    property(
        COST_USD,
        "number",
        &[MESSAGE_RECEIVED],
        "The cost in US dollars",
    ),
    property(
        FINISH_REASON,
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The page in the repository, which is not part of the package.
    #[test]
    fn the_page_lists_the_same_properties() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/properties.md");
        let Ok(page) = std::fs::read_to_string(page) else {
            return;
        };
        let rows: Vec<_> = page
            .lines()
            .filter(|line| line.starts_with("| `"))
            .collect();
        let expected = OPT_IN_PROPERTIES.iter().map(|property| {
            let OptInProperty {
                name,
                json_type,
                events,
                description,
            } = property;
            format!(
                "| `{name}` | {json_type} | {} | {description} |",
                events.join(", ")
            )
        });
        assert_eq!(rows, expected.collect::<Vec<_>>());
    }
}
