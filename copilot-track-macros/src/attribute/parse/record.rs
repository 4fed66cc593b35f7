//! Parses `record(duration, outcome, …)`.

use syn::Expr;

use super::nested::parse_list;
use crate::{
    attribute::kind::{AttributeKind, RECORD_KEYS},
    error::Errors,
    meta::{
        keys::unknown_key,
        list::{Arg, ArgValue},
    },
};

/// The facts about a call that are recorded as properties.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools)] // each is one argument of `record(…)`
pub(crate) struct Record {
    pub(crate) duration: bool,
    pub(crate) outcome: bool,
    /// The closure that derives the outcome from the value, for tools that report failure inside
    /// `Ok`.
    pub(crate) outcome_of: Option<Expr>,
    pub(crate) error_type: bool,
    pub(crate) first_chunk: bool,
}

/// Parses `record(…)`.
pub(super) fn parse(arg: &Arg, kind: AttributeKind, errors: &mut Errors) -> Option<Record> {
    let mut record = Record::default();
    let mut seen: Vec<String> = Vec::new();
    for arg in parse_list(arg, &[], "record(duration, outcome)", errors)? {
        let name = arg.name();
        if seen.contains(&name) {
            errors.error_at(arg.span(), format!("duplicate argument `{name}`"));
            continue;
        }
        match (name.as_str(), &arg.value) {
            (_, ArgValue::Invalid) => {}
            ("outcome" | "error_type", _) if kind.is_reply() => errors.error_at(
                arg.span(),
                format!("`{name}` cannot be recorded for a reply, which is sent only on success; record it on `#[tracked_tool]`"),
            ),
            ("first_chunk", _) if kind == AttributeKind::Tool => errors.error_at(
                arg.span(),
                "`first_chunk` can only be recorded for a streamed reply, on `#[tracked_reply]`",
            ),
            ("outcome", ArgValue::Expr(expr)) => {
                record.outcome = true;
                record.outcome_of = Some((**expr).clone());
            }
            ("duration", ArgValue::Flag) => record.duration = true,
            ("outcome", ArgValue::Flag) => record.outcome = true,
            ("error_type", ArgValue::Flag) => record.error_type = true,
            ("first_chunk", ArgValue::Flag) => record.first_chunk = true,
            ("duration" | "outcome" | "error_type" | "first_chunk", _) => {
                errors.error_at(arg.span(), format!("`{name}` does not take a value; write only `{name}`"));
            }
            _ => errors.error_at(arg.span(), unknown_fact(&name)),
        }
        seen.push(name);
    }
    Some(record)
}

/// Returns the error for a `name` that cannot be recorded.
fn unknown_fact(name: &str) -> String {
    let fact = match name {
        "latency" | "time" | "elapsed" | "timing" | "duration_ms" => "duration",
        "result" | "status" | "success" | "ok" | "err" | "failed" | "panics" => "outcome",
        "error" | "exception" => "error_type",
        "ttft" | "first_token" | "time_to_first_token" => "first_chunk",
        "args" | "arguments" | "input" | "params" | "prompt" | "request" => {
            return format!(
                "`{name}` cannot be recorded; list the parameters to send in `properties(…)` or `texts(…)`"
            );
        }
        "cost" | "model" | "output" | "response" | "ret" | "return" | "return_value" | "tokens"
        | "usage" | "value" => {
            return format!(
                "`{name}` cannot be recorded; to send a property of the returned value, write \
                 `result(name = |value| …)`"
            );
        }
        _ => return unknown_key(name, RECORD_KEYS, "in `record(…)`"),
    };
    format!("`{name}` cannot be recorded; write `record({fact})`")
}
