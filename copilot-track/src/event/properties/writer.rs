//! The writer of event properties, which writes directly to the JSON that is sent.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::event::event_settings::Settings;
use crate::event::extra_properties::ExtraProperties;
use crate::event::properties::names::{CONVERSATION_ID, MESSAGE_BODY, MESSAGE_ID, ROLE, is_id};
use crate::event::properties::value::PropertyValue;
use crate::event::role::Role;
use crate::privacy::content::Policy;
use crate::util::json;

/// The position of a string in the JSON, including its quotes. The string may be truncated if the
/// event is too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextSpan {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Whether the string is text of the conversation.
    pub(crate) content: bool,
}

/// The minimum length, in bytes, of a string that may be truncated. An event that is too large has
/// a longer string or too many properties.
pub(crate) const MIN_SPAN: usize = 256;

/// The properties that contain the ids of the conversation and the message, as JSON.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct IdProperties<'a> {
    pub(crate) json: &'a [u8],
    pub(crate) has_conversation: bool,
    pub(crate) has_message: bool,
}

/// The writer that [`TrackEvent::write_properties`] receives.
///
/// A value that serializes to `null` (such as `None` or NaN) is not sent, because a warehouse would
/// create a column for it. A value that fails to serialize makes the event invalid: the event is
/// not sent, and the ledger counts it. The ids of the conversation and the message are already
/// written and cannot be replaced.
///
/// [`TrackEvent::write_properties`]: crate::TrackEvent::write_properties
pub struct Properties<'a> {
    out: &'a mut Vec<u8>,
    /// The position in `out` at which the object starts.
    start: usize,
    texts: &'a mut Vec<TextSpan>,
    /// The names of the properties that come from flattened fields.
    flattened: Vec<String>,
    extras: &'a ExtraProperties,
    role: Option<&'a Role>,
    policy: Policy<'a>,
    /// Receives the names of the properties that contain text of the conversation, one per line.
    content_names: &'a mut String,
    has_conversation: bool,
    has_message: bool,
    has_role: bool,
    error: Option<String>,
}

impl fmt::Debug for Properties<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The properties can contain text of the conversation.
        f.debug_struct("Properties").finish_non_exhaustive()
    }
}

impl<'a> Properties<'a> {
    /// Starts the object and writes the ids.
    pub(crate) fn begin(
        out: &'a mut Vec<u8>,
        texts: &'a mut Vec<TextSpan>,
        settings: &'a Settings,
        ids: IdProperties<'_>,
        policy: Policy<'a>,
        content_names: &'a mut String,
    ) -> Self {
        let start = out.len();
        out.push(b'{');
        out.extend_from_slice(ids.json);
        let role = settings.role.as_ref();
        Self {
            out,
            start,
            texts,
            flattened: Vec::new(),
            extras: &settings.extras,
            role,
            policy,
            content_names,
            has_conversation: ids.has_conversation,
            has_message: ids.has_message,
            has_role: role.is_some(),
            error: None,
        }
    }

    /// Writes the properties of `extras`, except for those whose names are taken.
    pub(crate) fn all(&mut self, extras: &ExtraProperties) {
        for extra in extras.iter() {
            if self.is_taken(&extra.name) {
                continue;
            }
            self.write_json(&extra.name, &extra.json);
        }
    }

    /// Ends the object.
    pub(crate) fn end(mut self) -> Result<(), String> {
        if let Some(role) = self.role.take() {
            self.write(ROLE, role, false);
        }
        self.all(self.extras);
        self.out.push(b'}');
        self.error.map_or(Ok(()), Err)
    }

    /// Writes a property.
    pub fn property<T: PropertyValue + ?Sized>(&mut self, name: &str, value: &T) {
        self.write_own(name, value, false);
    }

    /// Writes a property that contains text of the conversation. The content policy applies to this
    /// property. If the event is too large, this property is truncated before other properties.
    pub fn content<T: PropertyValue + ?Sized>(&mut self, name: &str, text: &T) {
        self.write_own(name, text, true);
    }

    /// Writes each entry of a map or struct as a property. If a name occurs more than once, the
    /// first value is sent.
    pub fn flatten<T: PropertyValue + ?Sized>(&mut self, entries: &T) {
        match serde_json::to_value(entries) {
            Ok(serde_json::Value::Object(entries)) => {
                let written = self.names();
                for (name, value) in entries {
                    if !written.contains(&name) && !self.extras.has(&name) {
                        self.write_own(&name, &value, false);
                        self.flattened.push(name);
                    }
                }
            }
            Ok(serde_json::Value::Null) => {}
            Ok(_) => self.fail("a flattened field", &"it is neither a map nor a struct"),
            Err(error) => self.fail("a flattened field", &error),
        }
    }

    /// Writes a property of the event's type, unless a property with the same name was set on the
    /// event.
    #[inline]
    fn write_own<T: Serialize + ?Sized>(&mut self, name: &str, value: &T, content: bool) {
        if name == ROLE && self.role.is_some() {
            if let Some(role) = self.role.take() {
                self.write(ROLE, role, false);
            }
        } else if !self.is_taken(name) && !self.extras.has(name) {
            self.write_allowed(name, value, content || name == MESSAGE_BODY);
        }
    }

    /// Applies the content policy and writes a property.
    fn write_allowed<T: Serialize + ?Sized>(&mut self, name: &str, value: &T, content: bool) {
        if content {
            self.content_names.push_str(name);
            self.content_names.push('\n');
        }
        if !content || self.policy.is_full() {
            return self.write(name, value, content);
        }
        match serde_json::to_value(value) {
            Ok(value) => self.write(name, &self.policy.apply(value), content),
            // The error message could contain text of the conversation.
            Err(_) => self.fail(name, &"its value fails to serialize"),
        }
    }

    /// Applies the content policy, and writes a property whose value is already JSON.
    fn write_json(&mut self, name: &str, json: &str) {
        let content = name == MESSAGE_BODY;
        if content && !self.policy.is_full() {
            return match serde_json::from_str::<serde_json::Value>(json) {
                Ok(value) => self.write_allowed(name, &value, content),
                Err(error) => self.fail(name, &error),
            };
        }
        if content {
            self.content_names.push_str(name);
            self.content_names.push('\n');
        }
        self.key(name);
        let start = self.out.len();
        self.out.extend_from_slice(json.as_bytes());
        if !is_id(name) {
            self.note_text(start, content);
        }
    }

    /// Returns the names of the properties that are already written.
    fn names(&self) -> BTreeSet<String> {
        let written = self.out.get(self.start..).unwrap_or_default();
        let object = [written, b"}"].concat();
        serde_json::from_slice::<BTreeMap<String, &RawValue>>(&object)
            .map(|object| object.into_keys().collect())
            .unwrap_or_default()
    }

    fn is_taken(&self, name: &str) -> bool {
        (self.has_conversation && name == CONVERSATION_ID)
            || (self.has_message && name == MESSAGE_ID)
            || (self.has_role && name == ROLE)
            || self.flattened.iter().any(|flattened| flattened == name)
    }

    fn write<T: Serialize + ?Sized>(&mut self, name: &str, value: &T, content: bool) {
        let before = self.out.len();
        self.key(name);
        let start = self.out.len();
        match json::value(value, self.out) {
            Ok(()) if &self.out[start..] == b"null" => self.out.truncate(before),
            Ok(()) => {
                if !is_id(name) {
                    self.note_text(start, content);
                }
            }
            Err(error) => {
                self.out.truncate(before);
                self.fail(name, &error);
            }
        }
    }

    fn key(&mut self, name: &str) {
        if self.out.len() > self.start + 1 {
            self.out.push(b',');
        }
        json::string(name, self.out);
        self.out.push(b':');
    }

    fn note_text(&mut self, start: usize, content: bool) {
        let end = self.out.len();
        if end - start >= MIN_SPAN && self.out.get(start) == Some(&b'"') {
            self.texts.push(TextSpan {
                start,
                end,
                content,
            });
        }
    }

    fn fail(&mut self, name: &str, error: &dyn fmt::Display) {
        // The error is logged, and its message could contain text of the conversation.
        let error = if self.policy.is_full() {
            error
        } else {
            &"its value fails to serialize"
        };
        self.error
            .get_or_insert_with(|| format!("`{name}` cannot be converted to JSON: {error}"));
    }
}
