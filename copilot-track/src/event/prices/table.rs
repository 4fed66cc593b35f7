//! The table of prices. Requires the `prices` feature.

use genai_prices::{Calculator, PriceRequest, Usage, UsageKey};

use crate::event::prices::model_call::ModelCall;
use crate::util::panics;

/// Decodes the table, which takes tens of milliseconds. Otherwise, the first reply with usage would
/// wait for this.
pub(crate) fn load() {
    panics::catch(Calculator::bundled);
}

/// Returns the cost of a call in US dollars, or `None` if it is not known. A price of 0 counts as
/// unknown, because the table also contains models without prices.
pub(crate) fn cost_usd(call: &ModelCall<'_>) -> Option<f64> {
    let tokens = [
        (UsageKey::INPUT_TOKENS, Some(call.input_tokens)),
        (UsageKey::OUTPUT_TOKENS, Some(call.output_tokens)),
        (UsageKey::CACHE_READ_TOKENS, call.cached_input_tokens),
        (UsageKey::OUTPUT_REASONING_TOKENS, call.reasoning_tokens),
    ];
    let mut usage = Usage::new();
    for (key, tokens) in tokens {
        if let Some(tokens) = tokens {
            // No call has more than 2³² tokens.
            usage.insert(key, f64::from(u32::try_from(tokens).ok()?));
        }
    }
    let mut request = PriceRequest::new(call.model, &usage);
    if let Some(provider) = call.provider {
        request = request.with_provider_id(provider);
    }
    let price = panics::catch(|| Calculator::bundled().calculate(&request))?.ok()?;
    let cost = price.total_price;
    (cost.is_finite() && cost > 0.0).then_some(cost)
}
