//! The facts about a reply that become known while it runs.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering, fence};
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
        // The reply can have ended in the meantime. Because of this fence and the one in
        // `close_with`, either this thread sees that the reply has ended, or `close_with` sees the
        // facts.
        fence(Ordering::SeqCst);
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
        fence(Ordering::SeqCst);
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::thread;

    use super::*;
    use crate::event::spec::MessageReceived;
    use crate::event::track_event::TrackEvent as _;

    const NAME: &str = "temperature";

    /// Waits until both threads have reached a round.
    fn meet(place: &AtomicUsize, round: usize) {
        place.fetch_add(1, Ordering::SeqCst);
        while place.load(Ordering::SeqCst) < 2 * round {
            thread::yield_now();
        }
    }

    /// A fact is either sent, or the caller knows that it was too late.
    #[test]
    fn no_first_fact_is_lost_when_the_reply_ends() {
        let rounds: Vec<_> = (0..20_000).map(|_| ReplyFacts::default()).collect();
        let place = AtomicUsize::new(0);
        let (accepted, sent) = thread::scope(|scope| {
            let adding = scope.spawn(|| {
                let add = |(round, facts): (usize, &ReplyFacts)| {
                    let value = SerializedValue::of(&1);
                    meet(&place, round + 1);
                    facts.set_property(Cow::Borrowed(NAME), value)
                };
                rounds.iter().enumerate().map(add).collect::<Vec<_>>()
            });
            let close = |(round, facts): (usize, &ReplyFacts)| {
                let mut event = MessageReceived::new("Three").into_event();
                meet(&place, round + 1);
                facts.close_with(&mut event);
                event.has(NAME)
            };
            let sent: Vec<_> = rounds.iter().enumerate().map(close).collect();
            (adding.join().unwrap(), sent)
        });
        assert_eq!(accepted, sent);
    }
}
