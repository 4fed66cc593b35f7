//! `record(…)`.

use syn::Expr;

use super::nested::inner;
use crate::{
    attribute::kind::{Macro, RECORD_KEYS},
    error::Errors,
    meta::{
        keys::unknown,
        list::{Arg, Value},
    },
};

/// What is to be measured.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools)] // each is one word of the attribute
pub(crate) struct Record {
    pub(crate) duration: bool,
    pub(crate) outcome: bool,
    /// How to read the outcome from the value, for tools that report failure inside `Ok`.
    pub(crate) outcome_of: Option<Expr>,
    pub(crate) error_type: bool,
    pub(crate) first_chunk: bool,
}

pub(super) fn parse(arg: &Arg, which: Macro, errors: &mut Errors) -> Option<Record> {
    let mut record = Record::default();
    let mut seen: Vec<String> = Vec::new();
    for arg in inner(arg, "outcome", "record(duration, outcome)", errors)? {
        let name = arg.name();
        if seen.contains(&name) {
            errors.at(arg.span(), format!("`{name}` is given twice"));
            continue;
        }
        match (name.as_str(), &arg.value) {
            (_, Value::Broken) => {}
            ("outcome" | "error_type", _) if which == Macro::Reply => errors.at(
                arg.span(),
                "a reply is sent only when it succeeded, so it has no outcome: record that on `#[tracked_tool]`",
            ),
            ("first_chunk", _) if which == Macro::Tool => errors.at(
                arg.span(),
                "`first_chunk` is about a streamed reply: it belongs on `#[tracked_reply]`",
            ),
            ("outcome", Value::Expr(expr)) => {
                record.outcome = true;
                record.outcome_of = Some((**expr).clone());
            }
            ("duration", Value::Flag) => record.duration = true,
            ("outcome", Value::Flag) => record.outcome = true,
            ("error_type", Value::Flag) => record.error_type = true,
            ("first_chunk", Value::Flag) => record.first_chunk = true,
            ("duration" | "outcome" | "error_type" | "first_chunk", _) => {
                errors.at(arg.span(), format!("`{name}` takes no value"));
            }
            _ => errors.at(arg.span(), unknown(&name, RECORD_KEYS, "`record(…)`")),
        }
        seen.push(name);
    }
    Some(record)
}
