//! What the model does.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the model does. It is sent as the user's message, in JSON.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Script {
    /// The tools that each response calls, until the last response.
    rounds: Vec<Vec<(String, Value)>>,
    /// The text of the last response.
    text: String,
    /// Whether a streamed text is cut off.
    is_cut: bool,
}

impl Script {
    /// Creates a script that answers with a text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            ..Self::default()
        }
    }

    /// Adds a response that calls tools, before the text.
    #[must_use]
    pub fn calls<'a>(mut self, calls: impl IntoIterator<Item = (&'a str, Value)>) -> Self {
        let calls = calls.into_iter();
        let calls = calls.map(|(tool, arguments)| (tool.to_owned(), arguments));
        self.rounds.push(calls.collect());
        self
    }

    /// Closes the connection in the middle of a streamed text.
    #[must_use]
    pub fn cut(mut self) -> Self {
        self.is_cut = true;
        self
    }

    /// Returns the user's message.
    ///
    /// # Panics
    /// Does not panic, because every script is valid JSON.
    #[must_use]
    pub fn message(&self) -> String {
        serde_json::to_string(self).expect("valid JSON")
    }

    /// Returns the script in the messages of a request, and the number of responses before this
    /// one. A message that is not a script is answered with its text.
    pub(crate) fn find(messages: &Value) -> (Self, usize) {
        let messages = messages.as_array().map(Vec::as_slice).unwrap_or_default();
        let user = messages
            .iter()
            .rposition(|message| message["role"] == "user");
        let start = user.unwrap_or_default();
        let content = messages
            .get(start)
            .map_or(&Value::Null, |user| &user["content"]);
        let text = content_text(content);
        let script = serde_json::from_str(&text).unwrap_or_else(|_| Self::text(&text));
        let later = messages.iter().skip(start);
        let responses = later
            .filter(|message| message["role"] == "assistant")
            .count();
        (script, responses)
    }

    /// Returns the calls of a response, or none if the response is the last one.
    pub(crate) fn round(&self, number: usize) -> &[(String, Value)] {
        self.rounds
            .get(number)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    pub(crate) fn last_text(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.is_cut
    }
}

/// Returns the text of a message, which is a string or a list of parts.
fn content_text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .filter_map(|part| part["text"].as_str())
            .collect(),
        _ => String::new(),
    }
}
