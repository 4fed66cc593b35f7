//! Events whose names are known only at run time.

use std::borrow::Cow;
use std::fmt;

use crate::event::event_settings::Settings;
use crate::event::extra_properties::{ExtraProperties, SerializedValue};
use crate::event::properties::value::PropertyValue;
use crate::event::properties::writer::Properties;
use crate::event::track_event::{Event, Payload, TrackEvent};

/// The error returned by [`CustomEvent::new`] for an empty name.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("the event name is empty: write, for example, `CustomEvent::new(\"Item Purchased\")`")]
#[non_exhaustive]
pub struct ParseEventNameError;

impl fmt::Debug for ParseEventNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ParseEventNameError: {self}")
    }
}

/// An event whose name is known only at run time.
///
/// ```
/// use copilot_track::CustomEvent;
///
/// let event = CustomEvent::new("Item Purchased")?
///     .property("itemId", "item101112")
///     .property("itemPrice", 19.99);
/// # Ok::<(), copilot_track::ParseEventNameError>(())
/// ```
///
/// An event with the name of a spec event is treated like that spec event. For example, `Message
/// Sent` counts as a message.
#[derive(Clone)]
pub struct CustomEvent {
    name: Cow<'static, str>,
    extras: ExtraProperties,
    error: Option<Box<str>>,
}

impl CustomEvent {
    /// Creates an event without properties. Whitespace around the name is removed.
    ///
    /// # Errors
    /// Returns [`ParseEventNameError`] if the name is empty or contains only whitespace.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Result<Self, ParseEventNameError> {
        let name = name.into();
        let trimmed = name.trim();
        if trimmed.is_empty() {
            return Err(ParseEventNameError);
        }
        let name = if trimmed.len() == name.len() {
            name
        } else {
            Cow::Owned(trimmed.to_owned())
        };
        Ok(Self {
            name,
            extras: ExtraProperties::default(),
            error: None,
        })
    }

    /// Sets a property. A value that serializes to `null` is not sent.
    ///
    /// A value that fails to serialize makes the event invalid: the event is not sent, and the
    /// ledger counts it.
    #[must_use]
    pub fn property(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl PropertyValue,
    ) -> Self {
        if let Err(error) = self
            .extras
            .set(name.into(), SerializedValue::of_owned(value))
        {
            self.error.get_or_insert_with(|| error.into());
        }
        self
    }
}

impl CustomEvent {
    /// Sets a property that contains text from the conversation. The [content
    /// policy](crate::Content) applies to it, and it is cut like a message body if the event is too
    /// large.
    #[must_use]
    pub fn text(mut self, name: impl Into<Cow<'static, str>>, text: impl AsRef<str>) -> Self {
        self.extras.set_text(name.into(), text.as_ref());
        self
    }
}

impl fmt::Debug for CustomEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The properties can contain text from the conversation.
        f.debug_struct("CustomEvent")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The payload of a [`CustomEvent`]. It contains only the name. The properties are stored in the
/// settings of the event.
struct Named(Cow<'static, str>);

impl TrackEvent for Named {
    fn name(&self) -> Cow<'static, str> {
        self.0.clone()
    }

    fn write_properties(&self, _: &mut Properties<'_>) {}

    fn size_hint(&self) -> usize {
        self.0.len()
    }
}

impl TrackEvent for CustomEvent {
    fn name(&self) -> Cow<'static, str> {
        self.name.clone()
    }

    fn write_properties(&self, properties: &mut Properties<'_>) {
        properties.all(&self.extras);
    }

    fn size_hint(&self) -> usize {
        size_of::<Self>() + self.name.len() + self.extras.size()
    }

    fn into_event(self) -> Event {
        Event {
            settings: Some(Box::new(Settings {
                extras: self.extras,
                error: self.error,
                ..Settings::default()
            })),
            ..Event::new(Payload::custom(Named(self.name)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_custom_event_needs_a_name() {
        assert_eq!(CustomEvent::new(" ").unwrap_err(), ParseEventNameError);
    }

    #[test]
    fn a_name_is_trimmed() {
        let event = CustomEvent::new(" Item Purchased\n").unwrap();
        assert_eq!(event.name(), "Item Purchased");
    }

    #[test]
    fn the_size_includes_the_name_and_the_properties() {
        let empty = CustomEvent::new("X").unwrap().size_hint();
        let named = CustomEvent::new("X".repeat(101)).unwrap();
        assert_eq!(named.size_hint(), empty + 100);
        let event = CustomEvent::new("X").unwrap();
        let event = event.property("text", "x".repeat(1_000));
        assert!(event.size_hint() > empty + 1_000);
    }

    #[test]
    fn debug_shows_no_properties() {
        let event = CustomEvent::new("X")
            .unwrap()
            .property("text", "my secret")
            .into_event();
        assert!(!format!("{event:?}").contains("secret"));
    }

    #[test]
    fn a_bad_message_id_makes_the_event_invalid() {
        let event = CustomEvent::new("X").unwrap().message_id("");
        assert!(event.settings.unwrap().error.unwrap().contains("empty"));
    }
}
