//! Where an event writes its properties: straight into the JSON that will be sent.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::event::extra_properties::ExtraProperties;
use crate::event::role::Role;
use crate::event::settings::Settings;
use crate::privacy::content::Policy;
use crate::util::json;

/// The spec's ids, which the conversation writes and no event can replace.
pub(crate) const CONVERSATION_ID: &str = "conversationId";
/// See [`CONVERSATION_ID`].
pub(crate) const MESSAGE_ID: &str = "messageId";
const ROLE: &str = "role";
/// What was said, by whichever way it comes.
pub(crate) const MESSAGE_BODY: &str = "message_body";

/// A value that can stand in an event's properties: anything that `serde` can serialise.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent as a property",
    label = "this value cannot be turned into JSON",
    note = "derive or implement `serde::Serialize` for `{Self}`, or leave the field out with `#[track(skip)]`"
)]
pub trait PropertyValue: Serialize {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> PropertyValue for T {}

/// A text in the JSON, quotes included, that may be cut when the event is too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextSpan {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Whether it is what a customer or an agent said.
    pub(crate) content: bool,
}

/// Whether a property is an id of the spec's. Half of an id is none, so it is never cut.
pub(crate) fn is_id(name: &str) -> bool {
    name == CONVERSATION_ID || name == MESSAGE_ID
}

/// Shorter texts are not worth a cut: an event of 32 KB has a longer one, or too many properties.
pub(crate) const MIN_SPAN: usize = 256;

/// The ids of conversation and message, which nothing replaces, as properties.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct IdProperties<'a> {
    pub(crate) json: &'a [u8],
    pub(crate) has_conversation: bool,
    pub(crate) has_message: bool,
}

/// Takes an event's properties one by one, in [`TrackEvent::write_properties`].
///
/// A value that serialises to `null` (a `None`, a NaN) is left out, since warehouses would make a
/// column of it. A value that fails to serialise makes the event invalid: it is not sent, and the
/// ledger counts it. The ids of the conversation are there already and cannot be replaced.
///
/// [`TrackEvent::write_properties`]: crate::TrackEvent::write_properties
pub struct Properties<'a> {
    out: &'a mut Vec<u8>,
    /// Where the object begins.
    start: usize,
    texts: &'a mut Vec<TextSpan>,
    /// The names that came from flattened fields.
    flattened: Vec<String>,
    extras: &'a ExtraProperties,
    role: Option<&'a Role>,
    policy: Policy<'a>,
    /// Takes the names of the properties that hold what was said, a line each.
    said: &'a mut String,
    has_conversation: bool,
    has_message: bool,
    has_role: bool,
    error: Option<String>,
}

impl fmt::Debug for Properties<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is written so far can hold what a customer said.
        f.debug_struct("Properties").finish_non_exhaustive()
    }
}

impl<'a> Properties<'a> {
    /// Opens the object, with the ids in it.
    pub(crate) fn begin(
        out: &'a mut Vec<u8>,
        texts: &'a mut Vec<TextSpan>,
        settings: &'a Settings,
        ids: IdProperties<'_>,
        policy: Policy<'a>,
        said: &'a mut String,
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
            said,
            has_conversation: ids.has_conversation,
            has_message: ids.has_message,
            has_role: role.is_some(),
            error: None,
        }
    }

    /// Writes all of `extras`, but for the ids that are there already.
    pub(crate) fn all(&mut self, extras: &ExtraProperties) {
        for extra in extras.iter() {
            if self.is_taken(&extra.name) {
                continue;
            }
            self.write_json(&extra.name, &extra.json);
        }
    }

    /// Closes the object.
    pub(crate) fn end(mut self) -> Result<(), String> {
        if let Some(role) = self.role.take() {
            self.write(ROLE, role, false);
        }
        self.all(self.extras);
        self.out.push(b'}');
        self.error.map_or(Ok(()), Err)
    }

    /// Writes one property.
    pub fn property<T: PropertyValue + ?Sized>(&mut self, name: &str, value: &T) {
        self.own(name, value, false);
    }

    /// Writes a property that holds what a customer or an agent said. It is the first to be cut
    /// when the event is too large.
    pub fn content<T: PropertyValue + ?Sized>(&mut self, name: &str, text: &T) {
        self.own(name, text, true);
    }

    /// Writes each entry of a map or struct as a property of its own; of two of one name the first
    /// stays.
    pub fn flatten<T: PropertyValue + ?Sized>(&mut self, entries: &T) {
        match serde_json::to_value(entries) {
            Ok(serde_json::Value::Object(entries)) => {
                let written = self.names();
                for (name, value) in entries {
                    if !written.contains(&name) && !self.extras.has(&name) {
                        self.own(&name, &value, false);
                        self.flattened.push(name);
                    }
                }
            }
            Ok(serde_json::Value::Null) => {}
            Ok(_) => self.fail("a flattened field", &"it is neither a map nor a struct"),
            Err(error) => self.fail("a flattened field", &error),
        }
    }

    /// A property of the event's type: what was set on this one event comes before it.
    #[inline]
    fn own<T: Serialize + ?Sized>(&mut self, name: &str, value: &T, content: bool) {
        if name == ROLE && self.role.is_some() {
            if let Some(role) = self.role.take() {
                self.write(ROLE, role, false);
            }
        } else if !self.is_taken(name) && !self.extras.has(name) {
            self.allowed(name, value, content || name == MESSAGE_BODY);
        }
    }

    /// Writes what the policy leaves of a property.
    fn allowed<T: Serialize + ?Sized>(&mut self, name: &str, value: &T, content: bool) {
        if content {
            self.said.push_str(name);
            self.said.push('\n');
        }
        if !content || self.policy.is_full() {
            return self.write(name, value, content);
        }
        match serde_json::to_value(value) {
            Ok(said) => self.write(name, &self.policy.apply(said), content),
            // The error could quote what was said.
            Err(_) => self.fail(name, &"its value fails to serialise"),
        }
    }

    /// Writes what the policy allows of a property that is JSON already.
    fn write_json(&mut self, name: &str, json: &str) {
        let content = name == MESSAGE_BODY;
        if content && !self.policy.is_full() {
            return match serde_json::from_str::<serde_json::Value>(json) {
                Ok(value) => self.allowed(name, &value, content),
                Err(error) => self.fail(name, &error),
            };
        }
        if content {
            self.said.push_str(name);
            self.said.push('\n');
        }
        self.key(name);
        let start = self.out.len();
        self.out.extend_from_slice(json.as_bytes());
        if !is_id(name) {
            self.note_text(start, content);
        }
    }

    /// The names of what is written so far.
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
        // An error can quote what was said, and is told to whoever reads the log.
        let error = if self.policy.is_full() {
            error
        } else {
            &"its value fails to serialise"
        };
        self.error
            .get_or_insert_with(|| format!("`{name}` cannot be turned into JSON: {error}"));
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
        let (mut out, mut texts, mut said) = (Vec::new(), Vec::new(), String::new());
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
            &mut said,
        );
        write(&mut properties);
        properties.end()?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn null_is_left_out() {
        let json = written(&ExtraProperties::default(), None, |p| {
            p.property("a", &None::<u8>);
            p.property("b", &f64::NAN);
            p.property("c", &1);
            p.property("d", &None::<&str>);
        });
        assert_eq!(json.unwrap(), r#"{"c":1}"#);
    }

    #[test]
    fn what_is_set_on_the_event_wins() {
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
    fn a_role_is_added_where_the_event_has_none() {
        let json = written(&ExtraProperties::default(), Some(&Role::Agent), |_| {});
        assert_eq!(json.unwrap(), r#"{"role":"agent"}"#);
    }

    #[test]
    fn a_role_that_is_set_in_two_ways_is_written_once() {
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
    fn hidden_content_does_not_come_by_another_way() {
        let mut extras = ExtraProperties::default();
        extras
            .set(MESSAGE_BODY.into(), SerializedValue::of("my secret"))
            .unwrap();
        let (mut out, mut texts, mut said) = (Vec::new(), Vec::new(), String::new());
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
            &mut said,
        );
        properties.content("note", "my secret");
        properties.flatten(&BTreeMap::from([("a", 1)]));
        properties.end().unwrap();
        assert_eq!(said, "note\nmessage_body\n");
        assert_eq!(
            String::from_utf8(out).unwrap(),
            r#"{"note":"[hidden: 9 characters]","a":1,"message_body":"[hidden: 9 characters]"}"#
        );
    }

    #[test]
    fn a_value_that_cannot_be_json_is_an_error() {
        let by_list = BTreeMap::from([(vec![1], 1)]);
        let error = written(&ExtraProperties::default(), None, |p| {
            p.property("fine", &1);
            p.property("broken", &by_list);
        })
        .unwrap_err();
        assert!(error.starts_with("`broken` cannot be turned into JSON"));
    }
}
