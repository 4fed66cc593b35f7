//! The properties that were set on one event, each already as JSON.

use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Serialize;

/// A property that was set on one event, already as JSON.
#[derive(Clone)]
pub(crate) struct ExtraProperty {
    pub(crate) name: Cow<'static, str>,
    pub(crate) json: String,
}

/// The properties set on one event beside those of its type; a later one replaces an earlier one
/// of the same name.
#[derive(Debug, Clone, Default)]
pub(crate) struct ExtraProperties(Vec<ExtraProperty>);

impl fmt::Debug for ExtraProperty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The value can be what a customer said.
        self.name.fmt(f)
    }
}

/// A value of the application's as JSON, or why it is none.
#[doc(hidden)]
pub struct SerializedValue(pub(crate) Result<String, String>);

impl SerializedValue {
    /// Runs on the caller's thread, which a `Serialize` that panics must not end.
    pub(crate) fn of<T: Serialize + ?Sized>(value: &T) -> Self {
        let json = catch_unwind(AssertUnwindSafe(|| serde_json::to_string(value)));
        Self(match json {
            Ok(json) => json.map_err(|error| error.to_string()),
            Err(_) => Err("it panicked while it was turned into JSON".to_owned()),
        })
    }
}

impl fmt::Debug for SerializedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The value can be what a customer said.
        f.write_str("Json")
    }
}

/// What an allocator keeps beside each allocation, about.
const ALLOCATION: usize = 16;

impl ExtraProperties {
    pub(crate) const NONE: Self = Self(Vec::new());

    /// Sets a property; `null` takes it away.
    pub(crate) fn set(
        &mut self,
        name: Cow<'static, str>,
        value: SerializedValue,
    ) -> Result<(), String> {
        let json = value.0?;
        self.0.retain(|extra| extra.name != name);
        if json != "null" {
            self.0.push(ExtraProperty { name, json });
        }
        Ok(())
    }

    pub(crate) fn size(&self) -> usize {
        // What is allocated, not what is used of it: a JSON text grows by doubling.
        let held = |extra: &ExtraProperty| extra.name.len() + extra.json.capacity() + ALLOCATION;
        self.0.capacity() * size_of::<ExtraProperty>() + self.0.iter().map(held).sum::<usize>()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.iter().any(|extra| extra.name == name)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &ExtraProperty> {
        self.0.iter()
    }
}
