//! The well-known types, and the forms in which their values are sent.

use serde_json::value::RawValue;

use super::date::{self, DateType};
use super::duration;

/// The form in which values of a well-known type are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SentForm {
    /// A date and a time with an offset, in RFC 3339 format.
    DateTime,
    /// A date without a time.
    Date,
    /// Part of a date and a time, as text.
    Text,
    Number,
}

/// Returns the form of the type named `name`, or of the type to which it is a reference or a
/// pointer. Returns `None` if it is not a well-known type.
pub(crate) fn sent_form(name: &str) -> Option<SentForm> {
    Some(match WellKnown::of(name)? {
        WellKnown::Date(DateType::OffsetDateTime | DateType::UtcDateTime | DateType::Timestamp)
        | WellKnown::ZonedDate
        | WellKnown::SystemTime => SentForm::DateTime,
        WellKnown::Date(DateType::Date) => SentForm::Date,
        WellKnown::Date(DateType::LocalDateTime | DateType::Time) => SentForm::Text,
        WellKnown::Duration | WellKnown::DurationText | WellKnown::Decimal => SentForm::Number,
    })
}

/// A kind of well-known type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WellKnown {
    /// A date or a time as an array of numbers.
    Date(DateType),
    /// A date and a time with an offset and the name of a time zone in brackets.
    ZonedDate,
    /// A time of the system.
    SystemTime,
    /// A duration as seconds and nanoseconds.
    Duration,
    /// A duration as ISO 8601 text.
    DurationText,
    /// A decimal number as text.
    Decimal,
}

impl WellKnown {
    /// Returns the kind of the type named `name`, or of the type to which it is a reference or a
    /// pointer.
    pub(super) fn of(name: &str) -> Option<Self> {
        let name = without_pointers(name);
        // The modules inside these libraries are private, so only the first and the last part of
        // the path are compared.
        if let Some(path) = name.strip_prefix("time::") {
            return Self::of_time(last(path));
        }
        match name {
            "core::time::Duration" => Some(Self::Duration),
            "std::time::SystemTime" => Some(Self::SystemTime),
            _ if name.starts_with("rust_decimal::") && last(name) == "Decimal" => {
                Some(Self::Decimal)
            }
            _ if name.starts_with("chrono::") && last(name) == "TimeDelta" => Some(Self::Duration),
            _ if name.starts_with("jiff::") => match last(name) {
                "Zoned" => Some(Self::ZonedDate),
                "SignedDuration" => Some(Self::DurationText),
                _ => None,
            },
            _ => None,
        }
    }

    fn of_time(name: &str) -> Option<Self> {
        Some(match name {
            "Duration" | "SignedDuration" => Self::Duration,
            "OffsetDateTime" => Self::Date(DateType::OffsetDateTime),
            "UtcDateTime" => Self::Date(DateType::UtcDateTime),
            "PrimitiveDateTime" | "PlainDateTime" => Self::Date(DateType::LocalDateTime),
            "Date" => Self::Date(DateType::Date),
            "Time" => Self::Date(DateType::Time),
            "Timestamp" => Self::Date(DateType::Timestamp),
            _ => return None,
        })
    }
}

/// The starts of the names of pointers. Older compilers leave out the lifetime of a `Cow`.
const POINTERS: [&str; 5] = [
    "boxed::Box<",
    "sync::Arc<",
    "rc::Rc<",
    "borrow::Cow<'_, ",
    "borrow::Cow<",
];

/// Returns the name of the type to which a reference or a pointer points.
fn without_pointers(mut name: &str) -> &str {
    loop {
        if let Some(referent) = name.strip_prefix('&') {
            name = referent.strip_prefix("mut ").unwrap_or(referent);
            continue;
        }
        let Some(path) = name.strip_prefix("alloc::") else {
            return name;
        };
        let pointee = POINTERS
            .iter()
            .find_map(|pointer| path.strip_prefix(pointer)?.strip_suffix('>'));
        match pointee {
            Some(pointee) => name = pointee,
            None => return name,
        }
    }
}

fn last(path: &str) -> &str {
    path.rsplit_once("::").map_or(path, |(_, last)| last)
}

/// Returns the JSON that replaces `json`, which a value of a well-known type has written.
pub(super) fn replacement(kind: WellKnown, json: &[u8]) -> Option<Box<RawValue>> {
    match kind {
        WellKnown::Date(ty) => text(&date::format(ty, json)?),
        WellKnown::SystemTime => text(&date::format_system_time(json)?),
        WellKnown::ZonedDate => {
            let zoned: String = serde_json::from_slice(json).ok()?;
            text(zoned.split('[').next()?)
        }
        WellKnown::Duration => number(duration::milliseconds(json)?),
        WellKnown::DurationText => number(duration::milliseconds_of_text(json)?),
        WellKnown::Decimal => {
            let decimal: String = serde_json::from_slice(json).ok()?;
            let is_number =
                decimal.starts_with(|first: char| first == '-' || first.is_ascii_digit());
            is_number.then(|| RawValue::from_string(decimal).ok())?
        }
    }
}

fn text(text: &str) -> Option<Box<RawValue>> {
    serde_json::value::to_raw_value(text).ok()
}

fn number(number: f64) -> Option<Box<RawValue>> {
    serde_json::value::to_raw_value(&number).ok()
}
