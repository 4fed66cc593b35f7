//! Parameters of the query string.

/// Deserializes a flag. Accepts `1`, `true`, `0`, and `false`. An empty value results in `None`.
pub(super) fn flag<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<bool>, D::Error> {
    let text: std::borrow::Cow<'de, str> = serde::Deserialize::deserialize(deserializer)?;
    match text.as_ref() {
        "" => Ok(None),
        "1" | "true" => Ok(Some(true)),
        "0" | "false" => Ok(Some(false)),
        _ => Err(serde::de::Error::custom("expected 0 or 1")),
    }
}
