//! The writer of event properties, which writes directly to the JSON that is sent.

use std::fmt;
use std::ops::Range;

use serde::Serialize;

use crate::event::event_settings::Settings;
use crate::event::extra_properties::{ExtraProperties, PROPERTY_LEVEL};
use crate::event::properties::content_names::ContentNames;
use crate::event::properties::names::{CONVERSATION_ID, MESSAGE_BODY, MESSAGE_ID, ROLE, is_id};
use crate::event::properties::value::PropertyValue;
use crate::event::role::Role;
use crate::privacy::content::Policy;
use crate::util::json::members::Members;
use crate::util::json::{self, JsonError};

/// The position of a string in the JSON, including its quotes. The string may be truncated if the
/// event is too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextSpan {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Whether the string contains text from the conversation.
    pub(crate) content: bool,
}

/// The minimum length, in bytes, of a string that may be truncated. An event that is too large has
/// a string that is longer than this, or too many properties.
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
/// not sent, and the ledger counts it. The same applies to a value that is nested too deeply: an
/// event can have at most 125 levels, of which its properties are the second. If a name is written
/// more than once, the first value is sent. The ids of the conversation and the message are already
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
    /// The names of properties that contain text from the conversation and that a property of
    /// `extras` replaces.
    replaced_content: Vec<String>,
    extras: &'a ExtraProperties,
    role: Option<&'a Role>,
    policy: Policy<'a>,
    /// Receives the names of the properties that contain text from the conversation.
    content_names: &'a mut ContentNames,
    has_conversation: bool,
    has_message: bool,
    has_role: bool,
    /// `None` for a spec event, which writes each name once.
    written: Option<Box<WrittenNames>>,
    error: Option<Box<PropertiesError>>,
}

/// The positions of the names that are written, including their quotes.
#[derive(Debug, Default)]
struct WrittenNames(Vec<Range<usize>>);

/// Why an event's properties cannot be sent.
#[derive(Debug)]
pub(crate) struct PropertiesError {
    pub(crate) message: String,
    /// Whether a value is nested so deeply that dropping it could overflow the stack.
    pub(crate) is_too_deep: bool,
}

impl fmt::Debug for Properties<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The properties can contain text from the conversation.
        f.debug_struct("Properties").finish_non_exhaustive()
    }
}

impl<'a> Properties<'a> {
    /// Starts the object and writes the ids. `is_spec` tells whether the event is one of the spec's
    /// events.
    #[inline]
    pub(crate) fn begin(
        out: &'a mut Vec<u8>,
        texts: &'a mut Vec<TextSpan>,
        settings: &'a Settings,
        ids: IdProperties<'_>,
        policy: Policy<'a>,
        content_names: &'a mut ContentNames,
        is_spec: bool,
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
            replaced_content: Vec::new(),
            extras: &settings.extras,
            role,
            policy,
            content_names,
            has_conversation: ids.has_conversation,
            has_message: ids.has_message,
            has_role: role.is_some(),
            written: (!is_spec).then(Box::default),
            error: None,
        }
    }

    /// Writes the properties of `extras`, except for those whose names are taken.
    pub(crate) fn all(&mut self, extras: &ExtraProperties) {
        for extra in extras.iter() {
            if self.is_taken(&extra.name) {
                continue;
            }
            let is_replaced = |name: &String| *name == extra.name;
            let content = extra.is_content || self.replaced_content.iter().any(is_replaced);
            self.write_json(&extra.name, &extra.json, content);
        }
    }

    /// Ends the object.
    pub(crate) fn end(mut self) -> Result<(), Box<PropertiesError>> {
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

    /// Writes a property that contains text from the conversation. The content policy applies to
    /// this property. If the event is too large, this property is truncated before other
    /// properties.
    pub fn content<T: PropertyValue + ?Sized>(&mut self, name: &str, text: &T) {
        self.write_own(name, text, true);
    }

    /// Writes each entry of a map or struct as a property. If a name occurs more than once, the
    /// first value is sent.
    pub fn flatten<T: PropertyValue + ?Sized>(&mut self, entries: &T) {
        let mut entries_json = Vec::new();
        if let Err(error) = json::value(entries, PROPERTY_LEVEL - 1, &mut entries_json) {
            return self.fail("a flattened field", &error);
        }
        let entries = str::from_utf8(&entries_json).unwrap_or_default();
        if entries == "null" {
            return;
        }
        let Some(entries) = Members::of(entries) else {
            let error = "it is neither a map nor a struct";
            return self.fail_with("a flattened field", error, false);
        };
        for (name, value) in entries.iter() {
            if !self.extras.has(name) {
                self.write_own(name, value, false);
                self.flattened.push(name.to_owned());
            }
        }
    }

    /// Writes a property that the event's type defines, unless a property with the same name was
    /// set on the event.
    #[inline]
    fn write_own<T: Serialize + ?Sized>(&mut self, name: &str, value: &T, content: bool) {
        if name == ROLE && self.role.is_some() {
            if let Some(role) = self.role.take() {
                self.write(ROLE, role, false);
            }
        } else if self.extras.has(name) {
            if content {
                self.replaced_content.push(name.to_owned());
            }
        } else if !self.is_taken(name) {
            self.write_allowed(name, value, content || name == MESSAGE_BODY);
        }
    }

    /// Applies the content policy and writes a property.
    fn write_allowed<T: Serialize + ?Sized>(&mut self, name: &str, value: &T, content: bool) {
        if content {
            self.content_names.add(name);
        }
        if !content || self.policy.is_full() {
            return self.write(name, value, content);
        }
        let mut json = Vec::new();
        match json::value(value, PROPERTY_LEVEL, &mut json) {
            Ok(()) => self.write_text(name, &json, content),
            Err(error) => self.fail(name, &error),
        }
    }

    /// Applies the content policy, and writes a property whose value is already JSON.
    fn write_json(&mut self, name: &str, json: &[u8], content: bool) {
        let content = content || name == MESSAGE_BODY;
        if content {
            self.content_names.add(name);
        }
        self.write_text(name, json, content);
    }

    /// Writes a property that is JSON already. Applies the content policy if the property contains
    /// text from the conversation.
    fn write_text(&mut self, name: &str, json: &[u8], content: bool) {
        let before = self.out.len();
        if !self.begin_property(name) {
            return;
        }
        let start = self.out.len();
        if content {
            // All JSON of this crate is UTF-8.
            let json = str::from_utf8(json).unwrap_or_default();
            self.policy.apply(json, self.out);
        } else {
            self.out.extend_from_slice(json);
        }
        self.end_property(name, before, start, content);
    }

    fn is_taken(&self, name: &str) -> bool {
        (self.has_conversation && name == CONVERSATION_ID)
            || (self.has_message && name == MESSAGE_ID)
            || (self.has_role && name == ROLE)
            || self.flattened.iter().any(|flattened| flattened == name)
    }

    fn write<T: Serialize + ?Sized>(&mut self, name: &str, value: &T, content: bool) {
        let before = self.out.len();
        if !self.begin_property(name) {
            return;
        }
        let start = self.out.len();
        match json::value(value, PROPERTY_LEVEL, self.out) {
            Ok(()) => self.end_property(name, before, start, content),
            Err(error) => {
                self.undo(before);
                self.fail(name, &error);
            }
        }
    }

    /// Writes the name of a property. Returns `false` and writes nothing if a property with this
    /// name has already been written.
    #[inline]
    fn begin_property(&mut self, name: &str) -> bool {
        let before = self.out.len();
        if before > self.start + 1 {
            self.out.push(b',');
        }
        let start = self.out.len();
        json::string(name, self.out);
        if let Some(written) = &mut self.written
            && !written.add(self.out, start)
        {
            self.out.truncate(before);
            return false;
        }
        self.out.push(b':');
        true
    }

    /// Ends a property whose value starts at `start`. `null` is not sent.
    #[inline]
    fn end_property(&mut self, name: &str, before: usize, start: usize, content: bool) {
        match self.out.get(start..) {
            Some(b"null") => self.undo(before),
            Some(value) if value.len() >= MIN_SPAN && !is_id(name) => {
                self.note_text(start, content);
            }
            _ => {}
        }
    }

    /// Removes the latest property, which starts at `before`.
    fn undo(&mut self, before: usize) {
        self.out.truncate(before);
        if let Some(written) = &mut self.written {
            written.0.pop();
        }
    }

    fn note_text(&mut self, start: usize, content: bool) {
        let end = self.out.len();
        if self.out.get(start) == Some(&b'"') {
            self.texts.push(TextSpan {
                start,
                end,
                content,
            });
        }
    }

    fn fail(&mut self, name: &str, error: &JsonError) {
        if self.policy.is_full() || error.is_too_deep() {
            self.fail_with(name, error, error.is_too_deep());
        } else {
            // The error is logged, and its message could contain text from the conversation.
            self.fail_with(name, "its value fails to serialize", false);
        }
    }

    fn fail_with(&mut self, name: &str, error: impl fmt::Display, is_too_deep: bool) {
        let error = PropertiesError {
            message: format!("`{name}` cannot be converted to JSON: {error}"),
            is_too_deep,
        };
        match &mut self.error {
            Some(first) => first.is_too_deep |= is_too_deep,
            None => self.error = Some(Box::new(error)),
        }
    }
}

impl WrittenNames {
    /// Adds the name at the end of `out`. Returns `false` if the name was added before.
    fn add(&mut self, out: &[u8], start: usize) -> bool {
        let Some((earlier, name)) = out.split_at_checked(start) else {
            return false;
        };
        let is_same = |position: &Range<usize>| {
            position.len() == name.len() && earlier.get(position.clone()) == Some(name)
        };
        let is_new = !self.0.iter().any(is_same);
        if is_new {
            self.0.push(start..out.len());
        }
        is_new
    }
}
