//! A response of the model.

use serde_json::{Value, json};

use crate::Reported;
use crate::script::Script;

/// The model that every response names.
const MODEL: &str = "scripted-1";

/// A response of the model.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) calls: Vec<Value>,
    pub(crate) is_cut: bool,
    input_tokens: u64,
    output_tokens: u64,
}

impl Answer {
    pub(crate) fn to(request: &Value) -> Self {
        let messages = &request["messages"];
        let (script, responses) = Script::find(messages);
        let calls: Vec<_> = script
            .round(responses)
            .iter()
            .enumerate()
            .map(|(index, (tool, arguments))| {
                json!({
                    "id": format!("call-{responses}-{index}"),
                    "type": "function",
                    "function": { "name": tool, "arguments": arguments.to_string() },
                })
            })
            .collect();
        let text = if calls.is_empty() {
            script.last_text().to_owned()
        } else {
            String::new()
        };
        let messages = messages.as_array().map_or(0, Vec::len);
        Self {
            id: String::new(),
            input_tokens: 10 * messages as u64,
            output_tokens: (text.split(' ').count() + calls.len()) as u64 + 2,
            is_cut: script.is_cut() && calls.is_empty(),
            text,
            calls,
        }
    }

    /// Sets the number of the response, which is part of its id.
    pub(crate) fn number(&mut self, number: usize) {
        self.id = format!("response-{number}");
    }

    pub(crate) fn reported(&self) -> Reported {
        Reported {
            id: self.id.clone(),
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
            cached_input_tokens: 4,
            reasoning_tokens: 1,
        }
    }

    pub(crate) fn usage(&self) -> Value {
        json!({
            "prompt_tokens": self.input_tokens,
            "completion_tokens": self.output_tokens,
            "total_tokens": self.input_tokens + self.output_tokens,
            "prompt_tokens_details": { "cached_tokens": 4 },
            "completion_tokens_details": { "reasoning_tokens": 1 },
        })
    }

    pub(crate) fn finish_reason(&self) -> &'static str {
        if self.calls.is_empty() {
            "stop"
        } else {
            "tool_calls"
        }
    }

    /// Returns the response as one object.
    pub(crate) fn whole(&self) -> Value {
        let mut message = json!({ "role": "assistant", "content": self.text });
        if !self.calls.is_empty() {
            message["tool_calls"] = Value::Array(self.calls.clone());
        }
        json!({
            "id": self.id,
            "object": "chat.completion",
            "created": 1_700_000_000,
            "model": MODEL,
            "choices": [{ "index": 0, "message": message, "finish_reason": self.finish_reason() }],
            "usage": self.usage(),
        })
    }

    /// Returns a chunk of the streamed response.
    pub(crate) fn chunk(&self, choices: &Value, usage: &Value) -> Value {
        json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": 1_700_000_000,
            "model": MODEL,
            "choices": choices,
            "usage": usage,
        })
    }
}
