//! Conversion of rig's usage.

use copilot_track::Usage;
use rig_agent::core::completion::{self, CompletionResponse, FinishReason};

/// Returns the usage of a model call.
pub(crate) fn of_response(response: &CompletionResponse) -> Usage {
    let origin = &response.origin;
    let model = origin.response_model.as_ref().unwrap_or(&origin.model);
    let usage = of_counters(&response.usage)
        .provider(origin.provider.clone())
        .model(model.clone());
    match response.finish_reason() {
        Some(reason) => usage.finish_reason(finish_reason(reason)),
        None => usage,
    }
}

/// Returns the numbers of a usage.
pub(crate) fn of_counters(usage: &completion::Usage) -> Usage {
    Usage::new()
        .input_tokens(usage.input_tokens)
        .output_tokens(usage.output_tokens)
        .cached_input_tokens(usage.cached_input_tokens)
        .reasoning_tokens(usage.reasoning_tokens)
        .cost_usd(usage.cost.as_ref().map(|cost| cost.total))
}

/// Adds the counters of a model call to a sum.
pub(crate) fn add(sum: &mut completion::Usage, usage: &completion::Usage) {
    let add = |sum: &mut Option<u64>, value: Option<u64>| {
        if let Some(value) = value {
            *sum = Some(sum.unwrap_or_default().saturating_add(value));
        }
    };
    add(&mut sum.input_tokens, usage.input_tokens);
    add(&mut sum.output_tokens, usage.output_tokens);
    add(&mut sum.cached_input_tokens, usage.cached_input_tokens);
    add(&mut sum.reasoning_tokens, usage.reasoning_tokens);
}

/// Returns the part of a run's usage that was not reported, or `None` if everything was.
pub(crate) fn unreported(total: &completion::Usage, reported: &completion::Usage) -> Option<Usage> {
    let rest = |total: Option<u64>, reported: Option<u64>| {
        let rest = total?.saturating_sub(reported.unwrap_or_default());
        (rest > 0).then_some(rest)
    };
    let rest = completion::Usage::new()
        .input_tokens(rest(total.input_tokens, reported.input_tokens))
        .output_tokens(rest(total.output_tokens, reported.output_tokens))
        .cached_input_tokens(rest(
            total.cached_input_tokens,
            reported.cached_input_tokens,
        ))
        .reasoning_tokens(rest(total.reasoning_tokens, reported.reasoning_tokens));
    let is_complete = rest.input_tokens.is_none() && rest.output_tokens.is_none();
    (!is_complete).then(|| of_counters(&rest))
}

fn finish_reason(reason: FinishReason) -> String {
    match reason {
        FinishReason::Stop => "stop".to_owned(),
        FinishReason::Length => "length".to_owned(),
        FinishReason::ToolCalls => "tool_calls".to_owned(),
        FinishReason::ContentFilter => "content_filter".to_owned(),
        FinishReason::Other(other) => other,
        _ => "other".to_owned(),
    }
}
