//! Detects dates that were serialized as numbers. Segment's destinations recognize only dates in
//! ISO 8601.

use copilot_track_ingest::{JsonObject, JsonValue};

use super::{
    code::FindingCode,
    findings::{Severity, Verdict},
    values::shortened,
};

/// The years that the first number of a serialized date can have.
const YEARS: std::ops::RangeInclusive<i64> = 1970..=2200;

/// Reports the values in `members` that are serialized dates. `within` is the name of the member of
/// the call that contains them.
pub(super) fn check(within: &str, members: &JsonObject<'_>, verdict: &mut Verdict) {
    for (name, value) in members.iter() {
        if let Some(form) = serialized_form(name, value) {
            let name = shortened(name);
            verdict.add(
                Severity::Warning,
                FindingCode::DateNotText,
                format!("{within}.{name}"),
                message(&name, form),
            );
        }
    }
}

pub(super) fn message(name: &str, form: &str) -> String {
    format!(
        "`{name}` is {form}, which no destination recognizes as a date; send a string such as 2026-01-02T03:04:05.678Z"
    )
}

/// Returns the form of a date that is not a string: an object like serde's form of `SystemTime`, or
/// an array of numbers like the default form of the `time` crate.
pub(super) fn serialized_form(name: &str, value: &JsonValue<'_>) -> Option<&'static str> {
    match value {
        JsonValue::Object(members) if members.contains_key("secs_since_epoch") => {
            Some("an object with `secs_since_epoch`")
        }
        JsonValue::Array(items) if is_date(name, items) => Some("an array of numbers"),
        _ => None,
    }
}

fn is_date(name: &str, items: &[JsonValue<'_>]) -> bool {
    if !(2..=9).contains(&items.len()) {
        return false;
    }
    let numbers: Option<Vec<i64>> = items.iter().map(JsonValue::as_i64).collect();
    let Some(numbers) = numbers.filter(|it| it.first().is_some_and(|year| YEARS.contains(year)))
    else {
        return false;
    };
    names_a_date(name) || is_date_and_time(&numbers)
}

/// Returns whether the numbers are a year, a day of the year, a time, and optionally an offset.
fn is_date_and_time(numbers: &[i64]) -> bool {
    let ([_, day, hour, minute, second, _] | [_, day, hour, minute, second, _, _, _, _]) = numbers
    else {
        return false;
    };
    (1..=366).contains(day)
        && (0..24).contains(hour)
        && (0..60).contains(minute)
        && (0..=60).contains(second)
}

/// Returns whether a property with this name is meant to be a date.
fn names_a_date(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    matches!(lower.as_str(), "date" | "time")
        || ["At", "Date", "Time"].iter().any(|end| name.ends_with(end))
        || ["_at", "_date", "_time", "_on", "timestamp"]
            .iter()
            .any(|end| lower.ends_with(end))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn form(name: &str, value: &Value) -> Option<&'static str> {
        serialized_form(name, &serde_json::from_str(&value.to_string()).unwrap())
    }

    #[test]
    fn dates_that_are_numbers_are_found() {
        for (name, value) in [
            (
                "due",
                json!({"secs_since_epoch": 1, "nanos_since_epoch": 2}),
            ),
            ("due", json!([2026, 331, 20, 4, 5, 678_000_000, 0, 0, 0])),
            ("due", json!([2026, 331, 20, 4, 5, 0])),
            ("due_date", json!([2026, 331])),
            ("createdAt", json!([2026, 11, 27, 1, 2])),
        ] {
            assert!(form(name, &value).is_some(), "{name} {value}");
        }
    }

    #[test]
    fn other_values_are_not_dates() {
        for (name, value) in [
            ("due", json!("2026-01-02")),
            ("due", json!({"seconds": 1})),
            ("sizes", json!([2026, 331])),
            ("sizes", json!([2026, 900, 20, 4, 5, 0])),
            ("sizes", json!([10, 20, 20, 4, 5, 0])),
            ("sizes", json!([])),
            ("due_date", json!([])),
            ("due_date", json!([2026])),
            ("due_date", json!(["2026", "11"])),
            ("update", json!([1, 2])),
        ] {
            assert_eq!(form(name, &value), None, "{name} {value}");
        }
    }
}
