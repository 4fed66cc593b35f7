//! What was set on one event.

use std::borrow::Cow;

use crate::event::extra_properties::{ExtraProperties, SerializedValue};
use crate::event::role::Role;

/// What was set on one event.
#[derive(Default)]
pub(crate) struct Settings {
    pub(crate) role: Option<Role>,
    pub(crate) extras: ExtraProperties,
    /// Why it must not be sent; counted when it reaches the delivery thread.
    pub(crate) error: Option<Box<str>>,
}

impl Settings {
    /// Those of an event on which nothing was set.
    pub(crate) const NONE: &'static Self = &Self {
        role: None,
        extras: ExtraProperties::NONE,
        error: None,
    };

    pub(super) fn set(&mut self, name: Cow<'static, str>, value: SerializedValue) {
        if let Err(error) = self.extras.set(name, value) {
            self.error.get_or_insert_with(|| error.into());
        }
    }

    /// Bytes of memory.
    pub(crate) fn size(&self) -> usize {
        size_of::<Self>() + self.extras.size()
    }
}
