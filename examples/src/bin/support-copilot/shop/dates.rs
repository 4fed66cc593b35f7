//! Parses dates from the CSV files (`2026-06-01`) and formats dates for customers (`June 1`).

use serde::{Deserialize, Deserializer, de::Error};
use time::{Date, format_description::well_known::Iso8601};

pub(crate) fn long(date: Date) -> String {
    format!("{} {}", date.month(), date.day())
}

pub(crate) fn short(date: Date) -> String {
    let month: String = date.month().to_string().chars().take(3).collect();
    format!("{month} {}", date.day())
}

pub(super) fn required<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let text = String::deserialize(deserializer)?;
    Date::parse(&text, &Iso8601::DATE).map_err(D::Error::custom)
}

pub(super) fn optional<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Date>, D::Error> {
    Option::<String>::deserialize(deserializer)?
        .filter(|text| !text.is_empty())
        .map(|text| Date::parse(&text, &Iso8601::DATE).map_err(D::Error::custom))
        .transpose()
}
