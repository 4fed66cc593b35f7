//! The facts about a reply that become known while it runs.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::event::extra_properties::SerializedValue;
use crate::event::track_event::Event;
use crate::event::usage::{TotalUsage, Usage};

/// The facts about a reply that become known while it runs: properties and the usage of models.
///
/// Most replies have no such facts, so memory is allocated only for the first one.
#[derive(Debug, Default)]
pub(super) struct ReplyFacts {
    /// Whether the message was sent or the reply failed.
    closed: AtomicBool,
    facts: OnceLock<Box<Mutex<Facts>>>,
}

#[derive(Debug, Default)]
struct Facts {
    properties: Vec<(Cow<'static, str>, SerializedValue)>,
    usage: TotalUsage,
}

impl ReplyFacts {
    /// Sets a property. Returns `false` if the reply has ended.
    pub(super) fn set_property(&self, name: Cow<'static, str>, value: SerializedValue) -> bool {
        self.change(|facts| {
            facts.properties.retain(|(known, _)| *known != name);
            facts.properties.push((name, value));
        })
    }

    /// Adds the usage of a call. Returns `false` if the reply has ended.
    pub(super) fn add_usage(&self, usage: Usage) -> bool {
        self.change(|facts| facts.usage.add(usage))
    }

    fn change(&self, change: impl FnOnce(&mut Facts)) -> bool {
        if self.closed.load(Ordering::Acquire) {
            return false;
        }
        let mut facts = lock(self.facts.get_or_init(Box::default));
        // The reply can have ended in the meantime.
        if self.closed.load(Ordering::Acquire) {
            return false;
        }
        change(&mut facts);
        true
    }

    /// Ends the reply. Facts that are added later are ignored.
    #[inline]
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    /// Ends the reply, and adds the facts to its message. A property that is set wins over one with
    /// the same name from the usage.
    #[inline]
    pub(super) fn close_with(&self, event: &mut Event) {
        self.close();
        if let Some(facts) = self.facts.get() {
            lock(facts).add_to(event);
        }
    }
}

impl Facts {
    #[cold]
    fn add_to(&mut self, event: &mut Event) {
        for (name, value) in std::mem::take(&mut self.properties) {
            event.set_json(name, value);
        }
        for (name, value) in self.usage.properties() {
            if !event.has(name) {
                event.set_json(Cow::Borrowed(name), value);
            }
        }
    }
}

fn lock(facts: &Mutex<Facts>) -> MutexGuard<'_, Facts> {
    facts.lock().unwrap_or_else(PoisonError::into_inner)
}
