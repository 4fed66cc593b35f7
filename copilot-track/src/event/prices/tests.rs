//! Unit tests of estimated costs.

use genai_prices::{PriceRequest, UsageKey};

use crate::event::prices::estimated_cost::EstimatedCost;
use crate::event::prices::model_call::ModelCall;
use crate::event::prices::{cost_usd, load};

const CALL: ModelCall<'_> = ModelCall {
    provider: Some("openai"),
    model: "gpt-4o",
    input_tokens: 1_000,
    output_tokens: 100,
    cached_input_tokens: None,
    reasoning_tokens: None,
};

/// Returns the price of a call to the model of `CALL`. The prices themselves change with each
/// version of the table.
fn price(usage: &[(UsageKey, f64)]) -> f64 {
    let usage = usage.iter().cloned().collect();
    let request = PriceRequest::new(CALL.model, &usage).with_provider_id("openai");
    genai_prices::calculate(&request).unwrap().total_price
}

fn without_cache() -> f64 {
    price(&[
        (UsageKey::INPUT_TOKENS, 1_000.0),
        (UsageKey::OUTPUT_TOKENS, 100.0),
    ])
}

#[track_caller]
fn assert_equal(cost: Option<f64>, expected: f64) {
    let cost = cost.unwrap();
    assert!((cost - expected).abs() < 1e-12, "{cost} and {expected}");
}

#[test]
fn the_cost_of_a_known_model_is_that_of_the_table() {
    load();
    assert!(without_cache() > 0.0);
    assert_equal(cost_usd(&CALL), without_cache());
    let without_provider = ModelCall {
        provider: None,
        ..CALL
    };
    assert_equal(cost_usd(&without_provider), without_cache());
}

#[test]
fn cached_tokens_have_their_own_price() {
    let call = ModelCall {
        cached_input_tokens: Some(800),
        ..CALL
    };
    let expected = price(&[
        (UsageKey::INPUT_TOKENS, 1_000.0),
        (UsageKey::OUTPUT_TOKENS, 100.0),
        (UsageKey::CACHE_READ_TOKENS, 800.0),
    ]);
    assert!(expected < without_cache());
    assert_equal(cost_usd(&call), expected);
}

#[test]
fn what_is_not_in_the_table_has_no_cost() {
    let model = |model| ModelCall { model, ..CALL };
    let provider = |provider| ModelCall {
        provider: Some(provider),
        ..CALL
    };
    let cached = ModelCall {
        cached_input_tokens: Some(2_000),
        ..CALL
    };
    let many = ModelCall {
        input_tokens: u64::MAX,
        ..CALL
    };
    let none = ModelCall {
        input_tokens: 0,
        output_tokens: 0,
        ..CALL
    };
    for call in [
        model("no-such-model"),
        model(""),
        provider("no-such-provider"),
        cached,
        many,
        none,
    ] {
        assert_eq!(cost_usd(&call), None, "{call:?}");
    }
}

#[test]
fn one_unknown_cost_makes_the_sum_unknown() {
    let mut cost = EstimatedCost::default();
    assert_eq!(cost.usd(), None);
    cost.add(Some(CALL));
    cost.add(Some(CALL));
    assert_equal(cost.usd(), 2.0 * without_cache());
    cost.add(None);
    cost.add(Some(CALL));
    assert_eq!(cost.usd(), None);
}
