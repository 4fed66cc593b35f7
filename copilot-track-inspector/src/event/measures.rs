//! The values of an event that only the numbers about all conversations need.

use copilot_track_ingest::JsonValue;

use crate::text::truncated;

/// The maximum length of a tool's type, in bytes.
const MAX_TOOL_BYTES: usize = 80;
/// The largest number of tokens that is believed. A larger number is treated as unknown.
const MAX_TOKENS: u64 = 1_000_000_000_000;
/// The largest cost that is believed, in US dollars. A larger cost is treated as unknown.
const MAX_COST_USD: f64 = 1_000_000.0;
/// The approximate overhead of an allocation, in bytes.
const ALLOCATION_BYTES: usize = 16;
const NANO: f64 = 1_000_000_000.0;

/// The values of a tool call or of a reply that only the numbers about all conversations need.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Measures {
    /// The type of a tool.
    pub(crate) tool: Option<String>,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) input_tokens: Option<u64>,
    pub(crate) output_tokens: Option<u64>,
    /// The cost, in billionths of a US dollar. Sums of integers do not depend on their order.
    pub(crate) cost_nano_usd: Option<u64>,
}

/// The outcome of a tool call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    Ok,
    Failed,
    Canceled,
}

impl Measures {
    /// Returns the values of an event with this name and these properties. Returns `None` if the
    /// event has no such values.
    pub(super) fn of(name: Option<&str>, properties: Option<&JsonValue<'_>>) -> Option<Box<Self>> {
        let property = |name: &str| properties?.get(name);
        let text = |name: &str| property(name)?.as_str();
        let tokens = |name: &str| property(name)?.as_u64().filter(|it| *it <= MAX_TOKENS);
        let measures = match name? {
            "Action Invoked" => Self {
                tool: text("type").map(|tool| truncated(tool, MAX_TOOL_BYTES).to_owned()),
                outcome: text("outcome").map(|outcome| match outcome {
                    "ok" => Outcome::Ok,
                    "cancelled" => Outcome::Canceled,
                    _ => Outcome::Failed,
                }),
                ..Self::default()
            },
            "Message Received" => Self {
                input_tokens: tokens("input_tokens"),
                output_tokens: tokens("output_tokens"),
                cost_nano_usd: property("cost_usd")
                    .and_then(JsonValue::as_f64)
                    .and_then(nano_usd),
                ..Self::default()
            },
            _ => return None,
        };
        (measures != Self::default()).then(|| Box::new(measures))
    }

    /// Returns the approximate size in memory, in bytes.
    pub(super) fn memory_bytes(&self) -> usize {
        let tool = self
            .tool
            .as_ref()
            .map_or(0, |it| it.len() + ALLOCATION_BYTES);
        size_of::<Self>() + ALLOCATION_BYTES + tool
    }
}

/// Converts a cost to billionths of a US dollar. Returns `None` for a cost that cannot be right.
fn nano_usd(usd: f64) -> Option<u64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is checked"
    )]
    (0.0..=MAX_COST_USD)
        .contains(&usd)
        .then(|| (usd * NANO).round() as u64)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn measures(name: &str, properties: &Value) -> Option<Measures> {
        let json = properties.to_string();
        let properties = serde_json::from_str(&json).unwrap();
        Measures::of(Some(name), Some(&properties)).map(|it| *it)
    }

    #[test]
    fn an_absent_value_is_unknown_and_not_zero() {
        let reply = |properties| measures("Message Received", &properties);
        assert_eq!(reply(json!({"message_body": "hi"})), None);
        let zero = reply(json!({"input_tokens": 0, "cost_usd": 0})).unwrap();
        assert_eq!((zero.input_tokens, zero.output_tokens), (Some(0), None));
        assert_eq!(zero.cost_nano_usd, Some(0));
        for unbelievable in [json!(-1), json!("1"), json!(1e300), json!(null)] {
            let properties = json!({"input_tokens": unbelievable, "cost_usd": unbelievable});
            assert_eq!(reply(properties), None, "{unbelievable}");
        }
        assert_eq!(
            reply(json!({"cost_usd": 0.0125})).unwrap().cost_nano_usd,
            Some(12_500_000)
        );
    }

    #[test]
    fn an_outcome_is_a_success_a_failure_or_a_cancellation() {
        for (outcome, expected) in [
            (json!("ok"), Some(Outcome::Ok)),
            (json!("error"), Some(Outcome::Failed)),
            (json!("panicked"), Some(Outcome::Failed)),
            (json!("cancelled"), Some(Outcome::Canceled)),
            (json!(1), None),
        ] {
            let properties = json!({"type": "é".repeat(99), "outcome": outcome});
            let measures = measures("Action Invoked", &properties).unwrap();
            assert_eq!(measures.outcome, expected, "{outcome}");
            assert_eq!(measures.tool.unwrap().len(), MAX_TOOL_BYTES);
        }
        assert_eq!(measures("Message Sent", &json!({"type": "t"})), None);
    }
}
