//! The parts of a response that are reported.

use copilot_track::Usage;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A response, or a chunk of a streamed response, of the Chat Completions, Completions, or
/// Responses API.
///
/// Servers of other vendors differ in details. A field that has another type is ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[allow(clippy::struct_field_names, reason = "the names of the API")]
pub(crate) struct Response {
    #[serde(deserialize_with = "lenient")]
    model: Option<String>,
    #[serde(deserialize_with = "lenient")]
    choices: Option<Vec<Choice>>,
    #[serde(deserialize_with = "lenient")]
    usage: Option<Tokens>,
    /// Responses API: `completed`, `incomplete`, `failed`, or `cancelled`.
    #[serde(deserialize_with = "lenient")]
    status: Option<String>,
    #[serde(deserialize_with = "lenient")]
    incomplete_details: Option<Incomplete>,
    /// Responses API: what the model generated.
    #[serde(deserialize_with = "lenient")]
    output: Option<Vec<Item>>,
    /// Responses API: the type of a streamed event.
    #[serde(deserialize_with = "lenient")]
    r#type: Option<String>,
    /// Responses API: the response that a streamed event contains.
    #[serde(deserialize_with = "lenient")]
    response: Option<Box<Response>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Choice {
    #[serde(deserialize_with = "lenient")]
    finish_reason: Option<String>,
    /// Chat Completions: new content of a streamed message.
    #[serde(deserialize_with = "lenient")]
    delta: Option<Delta>,
    /// Completions: new text.
    #[serde(deserialize_with = "lenient")]
    text: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Delta {
    content: Value,
    refusal: Value,
    tool_calls: Value,
    function_call: Value,
    audio: Value,
    // Servers of other vendors.
    reasoning_content: Value,
    reasoning: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Item {
    #[serde(deserialize_with = "lenient")]
    r#type: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Incomplete {
    #[serde(deserialize_with = "lenient")]
    reason: Option<String>,
}

/// The tokens of a response. The names depend on the API.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[allow(clippy::struct_field_names, reason = "the names of the API")]
struct Tokens {
    #[serde(deserialize_with = "lenient")]
    prompt_tokens: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    input_tokens: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    completion_tokens: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    output_tokens: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    prompt_tokens_details: Option<Details>,
    #[serde(deserialize_with = "lenient")]
    input_tokens_details: Option<Details>,
    #[serde(deserialize_with = "lenient")]
    completion_tokens_details: Option<Details>,
    #[serde(deserialize_with = "lenient")]
    output_tokens_details: Option<Details>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Details {
    #[serde(deserialize_with = "lenient")]
    cached_tokens: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    reasoning_tokens: Option<u64>,
}

/// Deserializes a field. Returns `None` if the field has another type.
fn lenient<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: serde::de::DeserializeOwned,
    D: Deserializer<'de>,
{
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

/// Returns whether a value contains something.
fn is_filled(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

impl Response {
    /// Returns whether this chunk contains the first or a later token.
    pub(crate) fn has_token(&self) -> bool {
        if let Some(event) = &self.r#type
            && let Some(event) = event.strip_prefix("response.")
        {
            // For example `response.output_text.delta`.
            return event
                .rsplit_once('.')
                .is_some_and(|(_, last)| last == "delta");
        }
        self.choices.iter().flatten().any(|choice| {
            let has_text = choice.text.as_ref().is_some_and(|text| !text.is_empty());
            has_text || choice.delta.as_ref().is_some_and(Delta::has_token)
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
            let with_tokens = tokens.add_to(usage.clone());
            is_known |= with_tokens != usage;
            usage = with_tokens;
        }
        is_known.then_some(usage)
    }

    fn finish_reason(&self) -> Option<&str> {
        // Some servers send an empty reason in each chunk.
        let reasons = self.choices.iter().flatten();
        reasons
            .filter_map(|choice| choice.finish_reason.as_deref())
            .find(|reason| !reason.is_empty())
            .or_else(|| self.incomplete_details.as_ref()?.reason.as_deref())
            .or_else(|| match self.status.as_deref()? {
                "completed" if self.has_function_call() => Some("tool_calls"),
                "completed" => Some("stop"),
                "failed" => Some("failed"),
                "cancelled" => Some("cancelled"),
                _ => None,
            })
    }

    /// Returns whether the output of a response contains a call to a function of the application.
    fn has_function_call(&self) -> bool {
        let mut items = self.output.iter().flatten();
        items.any(|item| item.r#type.as_deref() == Some("function_call"))
    }
}

impl Delta {
    fn has_token(&self) -> bool {
        [
            &self.content,
            &self.refusal,
            &self.tool_calls,
            &self.function_call,
            &self.audio,
            &self.reasoning_content,
            &self.reasoning,
        ]
        .into_iter()
        .any(is_filled)
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn response(json: serde_json::Value) -> Response {
        serde_json::from_value(json).unwrap()
    }

    fn delta(delta: &serde_json::Value) -> Response {
        response(json!({ "choices": [{ "delta": delta, "finish_reason": "" }] }))
    }

    #[test]
    fn tokens_are_found_in_all_kinds_of_chunks() {
        for chunk in [
            json!({ "content": "a" }),
            json!({ "content": [{ "type": "text", "text": "a" }] }),
            json!({ "content": null, "tool_calls": [{ "index": 0 }] }),
            json!({ "function_call": { "name": "a" } }),
            json!({ "refusal": "No" }),
            json!({ "reasoning_content": "Hm" }),
            json!({ "audio": { "id": "a" } }),
        ] {
            assert!(delta(&chunk).has_token(), "{chunk}");
        }
        for chunk in [
            json!({ "role": "assistant", "content": "" }),
            json!({ "content": null, "tool_calls": [] }),
            json!({}),
        ] {
            assert!(!delta(&chunk).has_token(), "{chunk}");
        }
        let event = |kind: &str| response(json!({ "type": kind }));
        assert!(event("response.output_text.delta").has_token());
        assert!(event("response.function_call_arguments.delta").has_token());
        assert!(!event("response.output_item.added").has_token());
        assert!(!event("error").has_token());
    }

    #[test]
    fn fields_with_other_types_are_ignored() {
        let chunk = response(json!({
            "model": 4,
            "status": 200,
            "type": null,
            "choices": [{ "index": 0, "delta": "x", "text": [], "finish_reason": "stop" }],
            "usage": {
                "prompt_tokens": 12,
                "completion_tokens": "5",
                "prompt_tokens_details": [],
                "completion_tokens_details": { "reasoning_tokens": -1 },
            },
        }));
        let expected = Usage::new().finish_reason("stop").input_tokens(12);
        assert_eq!(chunk.usage(), Some(expected));
        assert_eq!(
            response(json!({ "choices": {}, "usage": [] })).usage(),
            None
        );
    }

    #[test]
    fn an_empty_finish_reason_is_not_a_reason() {
        assert_eq!(delta(&json!({ "content": "a" })).usage(), None);
    }

    #[test]
    fn an_error_frame_has_no_usage() {
        let frame = response(json!({ "error": { "message": "overloaded", "code": 503 } }));
        assert!(!frame.has_token());
        assert_eq!(frame.usage(), None);
    }
}
