//! The parts of a response that are reported.

use copilot_track::Usage;
use serde::Deserialize;

/// A response, or a chunk of a streamed response, of the Chat Completions, Completions, or
/// Responses API.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[allow(clippy::struct_field_names, reason = "the names of the API")]
pub(crate) struct Response {
    model: Option<String>,
    choices: Option<Vec<Choice>>,
    usage: Option<Tokens>,
    /// Responses API: `completed`, `incomplete`, or `failed`.
    status: Option<String>,
    incomplete_details: Option<Incomplete>,
    /// Responses API: the type of a streamed event.
    r#type: Option<String>,
    /// Responses API: the response that a streamed event contains.
    response: Option<Box<Response>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Choice {
    finish_reason: Option<String>,
    /// Chat Completions: new content of a streamed message.
    delta: Option<Delta>,
    /// Completions: new text.
    text: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Delta {
    content: Option<String>,
    refusal: Option<String>,
    tool_calls: Option<Vec<serde::de::IgnoredAny>>,
    // Servers of other vendors.
    reasoning_content: Option<String>,
    reasoning: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Incomplete {
    reason: Option<String>,
}

/// The tokens of a response. The names depend on the API.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[allow(clippy::struct_field_names, reason = "the names of the API")]
struct Tokens {
    prompt_tokens: Option<u64>,
    input_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    output_tokens: Option<u64>,
    prompt_tokens_details: Option<Details>,
    input_tokens_details: Option<Details>,
    completion_tokens_details: Option<Details>,
    output_tokens_details: Option<Details>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Details {
    cached_tokens: Option<u64>,
    reasoning_tokens: Option<u64>,
}

impl Response {
    /// Returns whether this chunk contains the first or a later token.
    pub(crate) fn has_token(&self) -> bool {
        if let Some(event) = &self.r#type {
            // The types of events, for example `response.output_text.delta`.
            return event.rsplit('.').next() == Some("delta");
        }
        let is_filled = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        self.choices.iter().flatten().any(|choice| {
            is_filled(&choice.text)
                || choice.delta.as_ref().is_some_and(|delta| {
                    is_filled(&delta.content)
                        || is_filled(&delta.refusal)
                        || is_filled(&delta.reasoning_content)
                        || is_filled(&delta.reasoning)
                        || delta
                            .tool_calls
                            .as_ref()
                            .is_some_and(|calls| !calls.is_empty())
                })
        })
    }

    /// Returns what is known about the call, or `None` if there is nothing to report.
    pub(crate) fn usage(&self) -> Option<Usage> {
        if let Some(response) = &self.response {
            return response.usage();
        }
        let mut usage = Usage::new();
        let mut is_known = false;
        if let Some(model) = &self.model {
            usage = usage.model(model.clone());
        }
        if let Some(reason) = self.finish_reason() {
            usage = usage.finish_reason(reason.to_owned());
            is_known = true;
        }
        if let Some(tokens) = &self.usage {
            usage = tokens.add_to(usage);
            is_known = true;
        }
        is_known.then_some(usage)
    }

    fn finish_reason(&self) -> Option<&str> {
        let mut choices = self.choices.iter().flatten();
        choices
            .find_map(|choice| choice.finish_reason.as_deref())
            .or_else(|| self.incomplete_details.as_ref()?.reason.as_deref())
            .or_else(|| match self.status.as_deref()? {
                "completed" => Some("stop"),
                "failed" => Some("failed"),
                _ => None,
            })
    }
}

impl Tokens {
    fn add_to(&self, usage: Usage) -> Usage {
        let input = self.prompt_tokens_details.as_ref();
        let input = input.or(self.input_tokens_details.as_ref());
        let output = self.completion_tokens_details.as_ref();
        let output = output.or(self.output_tokens_details.as_ref());
        usage
            .input_tokens(self.prompt_tokens.or(self.input_tokens))
            .output_tokens(self.completion_tokens.or(self.output_tokens))
            .cached_input_tokens(input.and_then(|details| details.cached_tokens))
            .reasoning_tokens(output.and_then(|details| details.reasoning_tokens))
    }
}
