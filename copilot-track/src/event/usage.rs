//! What a model used to generate a reply.

use std::borrow::Cow;

use crate::event::extra_properties::SerializedValue;
use crate::event::properties::opt_in::{
    CACHED_INPUT_TOKENS, COST_USD, FINISH_REASON, INPUT_TOKENS, MODEL, OUTPUT_TOKENS, PROVIDER,
    REASONING_TOKENS,
};
use crate::util::truncation::prefix;

/// The maximum size of a string, in bytes. Data warehouses cut strings at 512 characters.
const MAX_STRING_BYTES: usize = 512;

/// The maximum number of model calls of a reply whose values are kept separately.
const MAX_CALLS: usize = 64;

/// What a model used to generate a reply: tokens, cost, and the names of the model and its
/// provider.
///
/// Pass it to [`Reply::add_usage`](crate::Reply::add_usage) or
/// [`PendingReply::add_usage`](crate::PendingReply::add_usage). Each value is sent as the property
/// of the same name. Values that are not set are not sent.
///
/// ```
/// use copilot_track::{Reply, Usage};
///
/// let usage = Usage::new().model("m-2").input_tokens(10).output_tokens(5);
/// Reply::current().add_usage(usage);
/// ```
///
/// If a reply calls models several times, tokens and costs are added up. The model, the provider,
/// and the finish reason are those of the last call that has them. A call that is reported twice
/// with the same [`call_id`](Self::call_id) counts once: the values of the later report replace
/// those of the earlier one. This applies to the last 64 calls with an id.
#[derive(Debug, Clone, Default, PartialEq)]
#[must_use]
pub struct Usage {
    provider: Option<Cow<'static, str>>,
    model: Option<Cow<'static, str>>,
    finish_reason: Option<Cow<'static, str>>,
    call_id: Option<Cow<'static, str>>,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cached_input_tokens: Option<u64>,
    reasoning_tokens: Option<u64>,
    cost_usd: Option<f64>,
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: text,)*) => {$(
        $(#[$doc])*
        pub fn $name(mut self, $name: impl Into<Cow<'static, str>>) -> Self {
            self.$name = text($name.into());
            self
        }
    )*};
    ($($(#[$doc:meta])* $name:ident: tokens,)*) => {$(
        $(#[$doc])*
        pub fn $name(mut self, $name: impl Into<Option<u64>>) -> Self {
            self.$name = $name.into();
            self
        }
    )*};
}

impl Usage {
    /// Creates a `Usage` without values.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Sets the provider of the model, for example `openai`. Strings are cut at 512 bytes, and
        /// a blank string is not sent.
        provider: text,
        /// Sets the name of the model.
        model: text,
        /// Sets why the model stopped, for example `stop` or `length`.
        finish_reason: text,
        /// Sets the id of the call to the model, for example the id of the response. It is not
        /// sent.
        call_id: text,
    }

    setters! {
        /// Sets the number of tokens that were sent to the model: a number, or an `Option`.
        input_tokens: tokens,
        /// Sets the number of tokens that the model generated.
        output_tokens: tokens,
        /// Sets the part of the input tokens that came from a cache.
        cached_input_tokens: tokens,
        /// Sets the part of the output tokens that the model used for reasoning.
        reasoning_tokens: tokens,
    }

    /// Sets the cost in US dollars. This crate does not contain prices. A negative number, NaN, and
    /// infinity are not sent.
    pub fn cost_usd(mut self, cost_usd: impl Into<Option<f64>>) -> Self {
        let cost = cost_usd.into();
        self.cost_usd = cost.filter(|cost| cost.is_finite() && *cost >= 0.0);
        self
    }

    /// Adds the values of a later call.
    fn add(&mut self, later: &Self) {
        let add = |sum: &mut Option<u64>, value: Option<u64>| {
            if let Some(value) = value {
                *sum = Some(sum.unwrap_or_default().saturating_add(value));
            }
        };
        add(&mut self.input_tokens, later.input_tokens);
        add(&mut self.output_tokens, later.output_tokens);
        add(&mut self.cached_input_tokens, later.cached_input_tokens);
        add(&mut self.reasoning_tokens, later.reasoning_tokens);
        if let Some(cost) = later.cost_usd {
            self.cost_usd = Some(self.cost_usd.unwrap_or_default() + cost);
        }
        self.replace_names(later);
    }

    /// Replaces the values that a later report of the same call has.
    fn replace(&mut self, later: &Self) {
        self.replace_names(later);
        self.input_tokens = later.input_tokens.or(self.input_tokens);
        self.output_tokens = later.output_tokens.or(self.output_tokens);
        self.cached_input_tokens = later.cached_input_tokens.or(self.cached_input_tokens);
        self.reasoning_tokens = later.reasoning_tokens.or(self.reasoning_tokens);
        self.cost_usd = later.cost_usd.or(self.cost_usd);
    }

    fn replace_names(&mut self, later: &Self) {
        let replace = |name: &mut Option<Cow<'static, str>>, later: &Option<Cow<'static, str>>| {
            if later.is_some() {
                name.clone_from(later);
            }
        };
        replace(&mut self.provider, &later.provider);
        replace(&mut self.model, &later.model);
        replace(&mut self.finish_reason, &later.finish_reason);
    }

    /// Returns the names and values of the properties.
    fn into_properties(self) -> impl Iterator<Item = (&'static str, SerializedValue)> {
        let text = |name, text: &Option<Cow<'static, str>>| {
            let text = text.as_ref()?;
            Some((name, SerializedValue::of(text)))
        };
        let tokens = |name, tokens: Option<u64>| Some((name, SerializedValue::of(&tokens?)));
        let cost = self
            .cost_usd
            .map(|cost| (COST_USD, SerializedValue::of(&cost)));
        [
            text(PROVIDER, &self.provider),
            text(MODEL, &self.model),
            tokens(INPUT_TOKENS, self.input_tokens),
            tokens(OUTPUT_TOKENS, self.output_tokens),
            tokens(CACHED_INPUT_TOKENS, self.cached_input_tokens),
            tokens(REASONING_TOKENS, self.reasoning_tokens),
            cost,
            text(FINISH_REASON, &self.finish_reason),
        ]
        .into_iter()
        .flatten()
    }
}

/// Returns the string, cut at a character boundary if it is too long. Returns `None` if the string
/// is blank.
fn text(text: Cow<'static, str>) -> Option<Cow<'static, str>> {
    if text.trim().is_empty() {
        return None;
    }
    if text.len() <= MAX_STRING_BYTES {
        return Some(text);
    }
    Some(prefix(&text, MAX_STRING_BYTES).to_owned().into())
}

/// The usage of all calls of a reply.
#[derive(Debug, Default)]
pub(crate) struct TotalUsage {
    /// The sum of the calls that cannot be reported again.
    settled: Usage,
    /// The latest calls with ids, in the order of their first reports.
    calls: Vec<Usage>,
    /// The latest names that were reported. It has no numbers.
    latest: Usage,
}

impl TotalUsage {
    pub(crate) fn add(&mut self, usage: Usage) {
        self.latest.replace_names(&usage);
        if usage.call_id.is_none() {
            return self.settled.add(&usage);
        }
        let known = self
            .calls
            .iter_mut()
            .find(|call| call.call_id == usage.call_id);
        if let Some(known) = known {
            return known.replace(&usage);
        }
        if self.calls.len() == MAX_CALLS {
            let oldest = self.calls.remove(0);
            self.settled.add(&oldest);
        }
        self.calls.push(usage);
    }

    /// Returns the names and values of the properties.
    pub(crate) fn properties(&self) -> impl Iterator<Item = (&'static str, SerializedValue)> {
        let mut total = self.settled.clone();
        for call in &self.calls {
            total.add(call);
        }
        total.replace_names(&self.latest);
        total.into_properties()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;

    fn total(reports: impl IntoIterator<Item = Usage>) -> Value {
        let mut total = TotalUsage::default();
        reports.into_iter().for_each(|usage| total.add(usage));
        let json = |value: SerializedValue| serde_json::from_slice(&value.0.unwrap()).unwrap();
        let properties = total.properties();
        let properties: Map<String, Value> = properties
            .map(|(name, value)| (name.to_owned(), json(value)))
            .collect();
        properties.into()
    }

    #[test]
    fn unknown_values_are_left_out() {
        assert_eq!(total([]), json!({}));
        let usage = Usage::new()
            .input_tokens(0)
            .output_tokens(None)
            .model(" ")
            .cost_usd(f64::NAN);
        assert_eq!(total([usage]), json!({ "input_tokens": 0 }));
    }

    #[test]
    fn the_values_of_several_calls_add_up() {
        let first = Usage::new()
            .provider("p")
            .model("a")
            .input_tokens(1)
            .cost_usd(0.5);
        let second = Usage::new()
            .model("b")
            .input_tokens(2)
            .output_tokens(3)
            .cost_usd(0.25);
        assert_eq!(
            total([first, second]),
            json!({
                "provider": "p", "model": "b", "input_tokens": 3, "output_tokens": 3,
                "cost_usd": 0.75,
            })
        );
        let huge = Usage::new()
            .reasoning_tokens(u64::MAX)
            .cached_input_tokens(1);
        assert_eq!(
            total([huge.clone(), huge]),
            json!({ "reasoning_tokens": u64::MAX, "cached_input_tokens": 2 })
        );
    }

    #[test]
    fn a_call_that_is_reported_twice_counts_once() {
        let call = |id: &'static str| Usage::new().call_id(id);
        assert_eq!(
            total([
                call("a").input_tokens(10).model("m"),
                call("b").input_tokens(1),
                call("a").input_tokens(20).finish_reason("stop"),
            ]),
            json!({ "input_tokens": 21, "model": "m", "finish_reason": "stop" })
        );
        assert_eq!(
            total([call("a").model("first"), Usage::new().model("last")]),
            json!({ "model": "last" })
        );
        let many = (0..200).map(|n| Usage::new().call_id(n.to_string()).input_tokens(1));
        assert_eq!(total(many), json!({ "input_tokens": 200 }));
    }

    #[test]
    fn long_strings_are_cut_at_a_character_boundary() {
        let model = "é".repeat(300);
        assert_eq!(
            total([Usage::new().model(model)]),
            json!({ "model": "é".repeat(256) })
        );
    }
}
