//! The writer of event properties. It writes directly to the JSON that is sent.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::event::extra_properties::ExtraProperties;
use crate::event::role::Role;
use crate::event::settings::Settings;
use crate::privacy::content::Policy;
use crate::util::json;

/// The property with the conversation's id. Events cannot replace it.
pub(crate) const CONVERSATION_ID: &str = "conversationId";
/// The property with the message's id. Events cannot replace it if a conversation sets it.
pub(crate) const MESSAGE_ID: &str = "messageId";
const ROLE: &str = "role";
/// The property with the text of a message. The content policy always applies to it.
pub(crate) const MESSAGE_BODY: &str = "message_body";

/// A value of an event property: any type that implements [`Serialize`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent as a property",
    label = "this value cannot be converted to JSON",
    note = "derive or implement `serde::Serialize` for `{Self}`, or leave the field out with `#[track(skip)]`"
)]
pub trait PropertyValue: Serialize {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> PropertyValue for T {}

/// The position of a text in the JSON, including its quotes. The text may be truncated if the event
/// is too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextSpan {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Whether the text is content of the conversation.
    pub(crate) content: bool,
}

/// Returns whether a property is an id of the spec. Ids are not truncated, because a part of an id
/// is not an id.
pub(crate) fn is_id(name: &str) -> bool {
    name == CONVERSATION_ID || name == MESSAGE_ID
}

/// The minimum length of a text to truncate. An event that is too large has a longer text, or too
/// many properties.
pub(crate) const MIN_SPAN: usize = 256;

/// The properties with the ids of conversation and message, as JSON.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct IdProperties<'a> {
    pub(crate) json: &'a [u8],
    pub(crate) has_conversation: bool,
    pub(crate) has_message: bool,
}

/// The writer that [`TrackEvent::write_properties`] receives.
///
/// A value that serializes to `null` (such as `None` or NaN) is not sent, because a warehouse would
/// create a column for it. A value that fails to serialize makes the event invalid: it is not sent,
/// and the ledger counts it. The ids of conversation and message are already written and cannot be
/// replaced.
///
/// [`TrackEvent::write_properties`]: crate::TrackEvent::write_properties
pub struct Properties<'a> {
    out: &'a mut Vec<u8>,
    /// The position of the object in `out`.
    start: usize,
    texts: &'a mut Vec<TextSpan>,
    /// The names of properties from flattened fields.
    flattened: Vec<String>,
    extras: &'a ExtraProperties,
    role: Option<&'a Role>,
    policy: Policy<'a>,
    /// Receives the names of the properties with content, one per line.
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

    /// Writes all properties of `extras`, except for ids that are already written.
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

    /// Writes a property with text of the conversation. The content policy applies to it, and it is
    /// truncated first if the event is too large.
    pub fn content<T: PropertyValue + ?Sized>(&mut self, name: &str, text: &T) {
        self.write_own(name, text, true);
    }

    /// Writes each entry of a map or struct as a property. If a name occurs twice, the first entry
    /// is sent.
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

    /// Writes a property of the event's type, unless one of the same name was set on the event.
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

    /// Writes a property that is JSON already. Applies the content policy.
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

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::event::extra_properties::SerializedValue;
    use crate::privacy::content::Content;
    use crate::privacy::masking::masker::Masker;

    fn policy(content: Content) -> Policy<'static> {
        static MASKER: LazyLock<Masker> = LazyLock::new(Masker::default);
        Policy {
            content,
            masker: &MASKER,
        }
    }

    const IDS: IdProperties<'static> = IdProperties {
        json: br#""conversationId":"c1""#.as_slice(),
        has_conversation: true,
        has_message: false,
    };

    fn written(
        extras: &ExtraProperties,
        role: Option<&Role>,
        write: impl FnOnce(&mut Properties<'_>),
    ) -> Result<String, String> {
        written_in(IdProperties::default(), extras, role, write)
    }

    fn written_in(
        ids: IdProperties<'_>,
        extras: &ExtraProperties,
        role: Option<&Role>,
        write: impl FnOnce(&mut Properties<'_>),
    ) -> Result<String, String> {
        let (mut out, mut texts, mut content_names) = (Vec::new(), Vec::new(), String::new());
        let settings = Settings {
            role: role.cloned(),
            extras: extras.clone(),
            error: None,
        };
        let mut properties = Properties::begin(
            &mut out,
            &mut texts,
            &settings,
            ids,
            policy(Content::Full),
            &mut content_names,
        );
        write(&mut properties);
        properties.end()?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn null_is_not_written() {
        let json = written(&ExtraProperties::default(), None, |p| {
            p.property("a", &None::<u8>);
            p.property("b", &f64::NAN);
            p.property("c", &1);
            p.property("d", &None::<&str>);
        });
        assert_eq!(json.unwrap(), r#"{"c":1}"#);
    }

    #[test]
    fn a_property_set_on_the_event_replaces_its_own() {
        let mut extras = ExtraProperties::default();
        extras.set("qty".into(), SerializedValue::of(&1)).unwrap();
        extras.set("qty".into(), SerializedValue::of(&2)).unwrap();
        extras
            .set(CONVERSATION_ID.into(), SerializedValue::of("forged"))
            .unwrap();
        let json = written_in(IDS, &extras, Some(&Role::AiAgent), |p| {
            p.property("qty", &9);
            p.property("role", "customer");
            p.property(CONVERSATION_ID, "forged");
        });
        assert_eq!(
            json.unwrap(),
            r#"{"conversationId":"c1","role":"ai_agent","qty":2}"#
        );
    }

    #[test]
    fn a_role_is_added_to_an_event_without_one() {
        let json = written(&ExtraProperties::default(), Some(&Role::Agent), |_| {});
        assert_eq!(json.unwrap(), r#"{"role":"agent"}"#);
    }

    #[test]
    fn a_role_that_is_set_twice_is_written_once() {
        let mut extras = ExtraProperties::default();
        extras
            .set(ROLE.into(), SerializedValue::of("supervisor"))
            .unwrap();
        let json = written(&extras, Some(&Role::AiAgent), |p| {
            p.property("role", "customer");
        });
        assert_eq!(json.unwrap(), r#"{"role":"ai_agent"}"#);
    }

    #[test]
    fn flattened_maps_become_properties() {
        let map = BTreeMap::from([("a", 1), ("b", 2)]);
        let json = written(&ExtraProperties::default(), None, |p| {
            p.flatten(&map);
            p.flatten(&None::<BTreeMap<String, u8>>);
        });
        assert_eq!(json.unwrap(), r#"{"a":1,"b":2}"#);
        let error = written(&ExtraProperties::default(), None, |p| p.flatten(&3)).unwrap_err();
        assert!(error.contains("neither a map nor a struct"), "{error}");
    }

    #[test]
    fn a_flattened_name_is_written_once() {
        let map = BTreeMap::from([("a", 1), ("b", 1)]);
        let json = written(&ExtraProperties::default(), None, |p| {
            p.property("b", &2);
            p.flatten(&map);
            p.flatten(&map);
            p.property("a", &2);
        });
        assert_eq!(json.unwrap(), r#"{"b":2,"a":1}"#);
    }

    #[test]
    fn a_message_body_that_is_set_as_a_property_is_hidden() {
        let mut extras = ExtraProperties::default();
        extras
            .set(MESSAGE_BODY.into(), SerializedValue::of("my secret"))
            .unwrap();
        let (mut out, mut texts, mut content_names) = (Vec::new(), Vec::new(), String::new());
        let settings = Settings {
            extras,
            ..Settings::default()
        };
        let mut properties = Properties::begin(
            &mut out,
            &mut texts,
            &settings,
            IdProperties::default(),
            policy(Content::Hidden),
            &mut content_names,
        );
        properties.content("note", "my secret");
        properties.flatten(&BTreeMap::from([("a", 1)]));
        properties.end().unwrap();
        assert_eq!(content_names, "note\nmessage_body\n");
        assert_eq!(
            String::from_utf8(out).unwrap(),
            r#"{"note":"[hidden: 9 characters]","a":1,"message_body":"[hidden: 9 characters]"}"#
        );
    }

    #[test]
    fn a_value_that_fails_to_serialize_is_an_error() {
        let by_list = BTreeMap::from([(vec![1], 1)]);
        let error = written(&ExtraProperties::default(), None, |p| {
            p.property("fine", &1);
            p.property("broken", &by_list);
        })
        .unwrap_err();
        assert!(error.starts_with("`broken` cannot be converted to JSON"));
    }
}
