//! What a model used to generate a reply.

use std::borrow::Cow;

use crate::event::extra_properties::SerializedValue;
use crate::event::prices::estimated_cost::EstimatedCost;
use crate::event::prices::model_call::ModelCall;
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
///
/// # Estimated cost
///
/// With the `prices` feature, the cost of a call is estimated if it is reported without
/// [`cost_usd`](Self::cost_usd). The model, the input tokens, and the output tokens must be in the
/// same report, or in reports with the same [`call_id`](Self::call_id). The estimate uses the list
/// prices in the crate [`genai-prices`](https://docs.rs/genai-prices), whose version 0.2.1 was
/// released on October 30, 2026. It contains no discounts, no surcharges for writes to a cache, and
/// no prices of tools. To use newer prices, update that crate. The table is decoded when a tracker
/// is built, which takes tens of milliseconds once per process.
///
/// If the table does not contain the model or the provider, the cost is not known. If the cost of
/// one of a reply's calls is not known, no estimates are sent for this reply.
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

    /// Sets the cost in US dollars. It is not known otherwise, unless it is
    /// [estimated](Self#estimated-cost). A negative number, NaN, and infinity are not sent.
    ///
    /// Report the cost together with the tokens, or with the same [`call_id`](Self::call_id). If a
    /// report without an id contains a cost but no tokens, the calls without ids are not estimated.
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

    /// Adds the cost to an estimate, if it was not reported.
    fn add_to(&self, estimate: &mut EstimatedCost) {
        let tokens = [self.input_tokens, self.output_tokens];
        let has_tokens = tokens.into_iter().flatten().any(|tokens| tokens > 0);
        let is_call = self.model.is_some() || self.call_id.is_some();
        let is_unknown = is_call && tokens.contains(&None);
        if self.cost_usd.is_none() && (has_tokens || is_unknown) {
            estimate.add(self.model_call());
        }
    }

    /// Returns whether the report contains a cost, but not the call that it belongs to.
    fn is_cost_only(&self) -> bool {
        self.cost_usd.is_some() && self.input_tokens.is_none() && self.output_tokens.is_none()
    }

    /// Returns the call of this report, if the report contains what a cost depends on.
    fn model_call(&self) -> Option<ModelCall<'_>> {
        Some(ModelCall {
            provider: self.provider.as_deref(),
            model: self.model.as_deref()?,
            input_tokens: self.input_tokens?,
            output_tokens: self.output_tokens?,
            cached_input_tokens: self.cached_input_tokens,
            reasoning_tokens: self.reasoning_tokens,
        })
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
#[derive(Debug)]
pub(crate) struct TotalUsage {
    /// The sum of the calls that cannot be reported again.
    settled: Usage,
    /// The estimated cost of these calls that have an id.
    estimate: EstimatedCost,
    /// The estimated cost of the calls without an id. It is `None` if a report without an id
    /// contains only a cost, which may be the cost of these calls.
    estimate_without_id: Option<EstimatedCost>,
    /// The latest calls with ids, in the order of their first reports.
    calls: Vec<Usage>,
    /// The latest names that were reported. It has no numbers.
    latest: Usage,
}

impl Default for TotalUsage {
    fn default() -> Self {
        Self {
            settled: Usage::default(),
            estimate: EstimatedCost::default(),
            estimate_without_id: Some(EstimatedCost::default()),
            calls: Vec::new(),
            latest: Usage::default(),
        }
    }
}

impl TotalUsage {
    pub(crate) fn add(&mut self, usage: Usage) {
        self.latest.replace_names(&usage);
        if usage.call_id.is_none() {
            return self.add_without_id(&usage);
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
            oldest.add_to(&mut self.estimate);
            self.settled.add(&oldest);
        }
        self.calls.push(usage);
    }

    fn add_without_id(&mut self, usage: &Usage) {
        if usage.is_cost_only() {
            self.estimate_without_id = None;
        } else if let Some(estimate) = &mut self.estimate_without_id {
            usage.add_to(estimate);
        }
        self.settled.add(usage);
    }

    /// Returns the names and values of the properties.
    pub(crate) fn properties(&self) -> impl Iterator<Item = (&'static str, SerializedValue)> {
        let mut total = self.settled.clone();
        let mut estimate = self.estimate;
        if let Some(without_id) = self.estimate_without_id {
            estimate.merge(without_id);
        }
        for call in &self.calls {
            call.add_to(&mut estimate);
            total.add(call);
        }
        if let Some(cost) = estimate.usd() {
            total.cost_usd = Some(total.cost_usd.unwrap_or_default() + cost);
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

    #[cfg(not(feature = "prices"))]
    #[test]
    fn the_cost_is_not_estimated_without_the_feature() {
        let usage = Usage::new()
            .model("gpt-4o")
            .input_tokens(1)
            .output_tokens(1);
        assert_eq!(total([usage]).get("cost_usd"), None);
    }

    #[cfg(feature = "prices")]
    #[test]
    fn the_cost_of_a_call_is_estimated_if_it_is_not_reported() {
        let call = |id: &'static str| {
            let usage = Usage::new().call_id(id).model("gpt-4o");
            usage.input_tokens(1_000).output_tokens(100)
        };
        let cost = |reports: &[Usage]| total(reports.iter().cloned())["cost_usd"].as_f64();
        let one = cost(&[call("a")]).unwrap();
        assert!(one > 0.0);
        let is = |reports: &[Usage], expected: f64| {
            let cost = cost(reports).unwrap();
            assert!((cost - expected).abs() < 1e-9, "{cost} and {expected}");
        };
        is(&[call("a"), call("b")], 2.0 * one);
        is(&[call("a"), call("a")], one);
        is(&[call("a").cost_usd(5.0)], 5.0);
        is(&[call("a").cost_usd(5.0), call("b")], 5.0 + one);
        // The second report completes the first one.
        is(&[call("a").output_tokens(None), call("a")], one);
        is(&[call("a"), call("a").cost_usd(5.0)], 5.0);
        let without_id = Usage::new()
            .model("gpt-4o")
            .input_tokens(1_000)
            .output_tokens(100);
        is(&[without_id.clone(), without_id.clone()], 2.0 * one);
        // The cost may be that of the call in the other report.
        let cost_only = Usage::new().cost_usd(5.0);
        is(&[without_id.clone(), cost_only.clone()], 5.0);
        is(&[cost_only.clone(), without_id], 5.0);
        is(&[call("a"), cost_only], 5.0 + one);

        let unknown = call("b").model("no-such-model");
        let without_tokens = Usage::new().call_id("b").model("gpt-4o");
        let model_only = Usage::new().model("gpt-4o");
        for incomplete in [
            unknown,
            call("b").output_tokens(None),
            without_tokens,
            model_only,
        ] {
            assert_eq!(cost(&[call("a"), incomplete.clone()]), None);
            is(&[call("a"), incomplete, call("c").cost_usd(5.0)], 5.0);
        }
        assert_eq!(cost(&[Usage::new().model("gpt-4o")]), None);
    }
}
