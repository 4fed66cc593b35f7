//! The properties that were set on a single event, as JSON.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

use crate::util::json;
use crate::util::panics;
use crate::util::truncation::shorten_json;

/// The number of containers around the value of a property: the event and its properties.
pub(crate) const PROPERTY_LEVEL: usize = 2;

/// A property that was set on a single event.
#[derive(Clone)]
pub(crate) struct ExtraProperty {
    pub(crate) name: Cow<'static, str>,
    /// JSON in UTF-8.
    pub(crate) json: Vec<u8>,
    /// Whether the content policy applies to the value.
    pub(crate) is_content: bool,
}

/// The properties that were set on a single event, in addition to those of its type. A property
/// replaces an earlier property with the same name.
#[derive(Debug, Clone, Default)]
pub(crate) struct ExtraProperties(Vec<ExtraProperty>);

impl fmt::Debug for ExtraProperty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The value can contain text from the conversation.
        self.name.fmt(f)
    }
}

/// The JSON of a value, or the error message if the value failed to serialize.
#[doc(hidden)]
pub struct SerializedValue(pub(crate) Result<Vec<u8>, ValueError>);

/// Why a value cannot be sent.
#[derive(Debug)]
pub(crate) struct ValueError {
    pub(crate) message: String,
    /// Whether dropping the value could overflow the stack.
    is_too_deep: bool,
}

impl SerializedValue {
    /// Serializes the value of a property. A panic is caught, because this runs on the caller's
    /// thread.
    pub(crate) fn of<T: Serialize + ?Sized>(value: &T) -> Self {
        Self::at_level(value, PROPERTY_LEVEL)
    }

    /// Serializes the traits of a user.
    pub(crate) fn of_traits<T: Serialize + ?Sized>(traits: &T) -> Self {
        Self::at_level(traits, PROPERTY_LEVEL - 1)
    }

    /// Does the same as [`of`](Self::of), and drops the value. A panic in its destructor is caught.
    /// A value that is nested too deeply is leaked instead, because its drop could overflow the
    /// stack.
    pub(crate) fn of_owned<T: Serialize>(value: T) -> Self {
        let serialized = Self::of(&value);
        if serialized.0.as_ref().is_err_and(|error| error.is_too_deep) {
            std::mem::forget(value);
        } else {
            panics::drop_caught(value);
        }
        serialized
    }

    fn at_level<T: Serialize + ?Sized>(value: &T, level: usize) -> Self {
        let json = panics::catch(|| json::to_vec(value, level));
        Self(match json {
            Some(json) => json.map_err(|error| ValueError {
                message: error.to_string(),
                is_too_deep: error.is_too_deep(),
            }),
            None => Err(ValueError {
                message: "its `Serialize` implementation panicked".to_owned(),
                is_too_deep: false,
            }),
        })
    }
}

impl fmt::Debug for SerializedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The value can contain text from the conversation.
        f.write_str("SerializedValue")
    }
}

/// The approximate overhead of an allocation, in bytes.
const ALLOCATION: usize = 16;

impl ExtraProperties {
    pub(crate) const NONE: Self = Self(Vec::new());

    /// Sets a property. A `null` value removes the property.
    pub(crate) fn set(
        &mut self,
        name: Cow<'static, str>,
        value: SerializedValue,
    ) -> Result<(), String> {
        self.replace(name, value, false)
    }

    /// Sets a property to which the content policy applies.
    pub(crate) fn set_text(&mut self, name: Cow<'static, str>, text: &str) {
        // A string can always be serialized.
        let _ = self.replace(name, SerializedValue::of(text), true);
    }

    fn replace(
        &mut self,
        name: Cow<'static, str>,
        value: SerializedValue,
        is_content: bool,
    ) -> Result<(), String> {
        let json = value.0.map_err(|error| error.message)?;
        // A property that replaces text from the conversation is treated as such text, too.
        let is_content = is_content
            || self
                .iter()
                .any(|extra| extra.name == name && extra.is_content);
        self.0.retain(|extra| extra.name != name);
        if json != b"null" {
            self.0.push(ExtraProperty {
                name,
                json,
                is_content,
            });
        }
        Ok(())
    }

    pub(crate) fn size(&self) -> usize {
        // This counts allocated bytes, because the capacity of a JSON string can be twice its
        // length.
        let held = |extra: &ExtraProperty| extra.name.len() + extra.json.capacity() + ALLOCATION;
        self.0.capacity() * size_of::<ExtraProperty>() + self.0.iter().map(held).sum::<usize>()
    }

    /// Cuts strings that are too long for the queue.
    pub(crate) fn shorten(&mut self) {
        for extra in &mut self.0 {
            shorten_json(&mut extra.json);
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Returns the JSON of a property.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let extra = self.iter().find(|extra| extra.name == name)?;
        str::from_utf8(&extra.json).ok()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &ExtraProperty> {
        self.0.iter()
    }
}
