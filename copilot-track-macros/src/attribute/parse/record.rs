//! `record(…)`.

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

pub(super) fn parse(arg: &Arg, kind: AttributeKind, errors: &mut Errors) -> Option<Record> {
    let mut record = Record::default();
    let mut seen: Vec<String> = Vec::new();
    for arg in parse_list(arg, "outcome", "record(duration, outcome)", errors)? {
        let name = arg.name();
        if seen.contains(&name) {
            errors.error_at(arg.span(), format!("`{name}` is given twice"));
            continue;
        }
        match (name.as_str(), &arg.value) {
            (_, ArgValue::Invalid) => {}
            ("outcome" | "error_type", _) if kind == AttributeKind::Reply => errors.error_at(
                arg.span(),
                "a reply is sent only when it succeeded, so it has no outcome: record that on `#[tracked_tool]`",
            ),
            ("first_chunk", _) if kind == AttributeKind::Tool => errors.error_at(
                arg.span(),
                "`first_chunk` is about a streamed reply: it belongs on `#[tracked_reply]`",
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
                errors.error_at(arg.span(), format!("`{name}` takes no value"));
            }
            _ => errors.error_at(arg.span(), unknown_key(&name, RECORD_KEYS, "`record(…)`")),
        }
        seen.push(name);
    }
    Some(record)
}
