//! The settings of a single event.

use std::borrow::Cow;

use crate::event::extra_properties::{ExtraProperties, SerializedValue};
use crate::event::heap_size::HeapSize;
use crate::event::integrations::Integrations;
use crate::event::role::Role;

/// The settings of a single event.
#[derive(Default)]
pub(crate) struct Settings {
    pub(crate) role: Option<Role>,
    pub(crate) extras: ExtraProperties,
    /// The id of the trace that was current when the event was tracked.
    pub(crate) trace_id: Option<Box<str>>,
    /// Segment's `integrations` for this event.
    pub(crate) integrations: Option<Box<Integrations>>,
    /// The reason why the event is invalid, if it is. The delivery thread counts invalid events.
    pub(crate) error: Option<Box<str>>,
}

impl Settings {
    /// The settings of an event for which nothing was set.
    pub(crate) const NONE: &'static Self = &Self {
        role: None,
        extras: ExtraProperties::NONE,
        trace_id: None,
        integrations: None,
        error: None,
    };

    pub(super) fn set(&mut self, name: Cow<'static, str>, value: SerializedValue) {
        if let Err(error) = self.extras.set(name, value) {
            self.error.get_or_insert_with(|| error.into());
        }
    }

    pub(super) fn set_text(&mut self, name: Cow<'static, str>, text: &str) {
        self.extras.set_text(name, text);
    }

    /// Cuts strings that are too long for the queue.
    pub(crate) fn shorten(&mut self) {
        if let Some(role) = &mut self.role {
            role.shorten();
        }
        self.extras.shorten();
    }

    /// Returns the number of bytes that the settings use in memory.
    pub(crate) fn size(&self) -> usize {
        let trace_id = self.trace_id.as_ref().map_or(0, |id| id.len());
        let integrations = self.integrations.as_ref().map_or(0, |given| given.size());
        let role = self.role.as_ref().map_or(0, HeapSize::heap_size);
        size_of::<Self>() + role + self.extras.size() + trace_id + integrations
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_includes_each_setting() {
        let text = "x".repeat(1_000);
        let mut settings = Settings::default();
        let mut sizes = vec![settings.size()];
        settings.role = Some(Role::from(text.clone()));
        sizes.push(settings.size());
        settings.set_text("note".into(), &text);
        sizes.push(settings.size());
        settings.trace_id = Some(text.into());
        sizes.push(settings.size());
        let grows = |pair: &[usize]| matches!(pair, [a, b] if (1_000..1_300).contains(&(b - a)));
        assert!(sizes.windows(2).all(grows), "{sizes:?}");
    }
}
