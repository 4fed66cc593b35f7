//! The rules that every message must follow, wherever it comes from: the application, a hook, the
//! spool, or a file of dead letters.

use serde_json::Value;

use crate::delivery::segment::fields::MessageFields;
use crate::event::ids::parse::parse;

/// Checks a message: its ids, its names, and the types of its fields.
///
/// The `messageId` is not checked, because the caller replaces an invalid one.
///
/// # Errors
/// Returns what is wrong, as text that follows "the message is invalid: ".
pub(crate) fn validate(fields: &MessageFields<'_>) -> Result<(), String> {
    let mut ids = fields.given_ids().peekable();
    if ids.peek().is_none() {
        return Err("it has neither a userId nor an anonymousId".to_owned());
    }
    for (name, id) in ids {
        parse(name, id).map_err(|error| error.to_string())?;
    }
    if let Some(own) = fields.specific
        && own.required
        && own.text.trim().is_empty()
    {
        return Err(format!("its `{}` is empty", own.name));
    }
    let objects = [
        fields.body,
        fields.context_value().map(|value| ("context", value)),
        fields
            .integrations_value()
            .map(|value| ("integrations", value)),
    ];
    for (name, value) in objects.into_iter().flatten() {
        if !matches!(value, Value::Object(_) | Value::Null) {
            return Err(format!("its `{name}` is not a JSON object"));
        }
    }
    Ok(())
}
