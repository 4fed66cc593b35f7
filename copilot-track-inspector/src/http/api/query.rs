//! Parameters of a query.

/// `1`, `true` or nothing at all after a name is yes; `0` and `false` are no.
pub(super) fn flag<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<bool>, D::Error> {
    let text: std::borrow::Cow<'de, str> = serde::Deserialize::deserialize(deserializer)?;
    match text.as_ref() {
        "" => Ok(None),
        "1" | "true" => Ok(Some(true)),
        "0" | "false" => Ok(Some(false)),
        _ => Err(serde::de::Error::custom("a switch is 0 or 1")),
    }
}
