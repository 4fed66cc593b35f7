//! The ledger, which counts a tracker's events by outcome.

use std::fmt;
use std::iter::Sum;

use serde::{Deserialize, Serialize};

use crate::ledger::drop_reason::{Dropped, drop_reasons};
use crate::util::reentrancy;

/// The counts of a tracker's events, by outcome.
///
/// At any time, `emitted = delivered + pending + dropped.total()`. The counts start at zero when
/// the tracker is built.
///
/// ```
/// # let tracker = copilot_track::Tracker::disabled();
/// let ledger = tracker.ledger();
/// assert!(ledger.is_balanced());
/// println!("{ledger}"); // emitted 12 = delivered 9 + pending 2 + dropped 1 (rejected 1)
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Ledger {
    /// Events that the application emitted.
    pub emitted: u64,
    /// Events that the endpoint accepted.
    pub delivered: u64,
    /// Events that are queued, spooled, or being sent.
    pub pending: u64,
    /// Events that will not be delivered, by reason.
    pub dropped: Dropped,
    /// Events that an earlier process left in the spool. They also count as emitted.
    pub recovered: u64,
    /// Events of conversations that were sampled out. They do not count as emitted.
    pub sampled_out: u64,
    /// Spool files that were damaged and therefore renamed.
    pub quarantined: u64,
    /// Batches that the endpoint accepted.
    pub batches: u64,
    /// Requests that were retries.
    pub retries: u64,
    /// Events whose strings were truncated so that the event fits into 32,000 bytes.
    pub truncated: u64,
    /// Messages that were not sent again, because the conversation already had a message with the
    /// same id. Only [`Conversations`](crate::Conversations) recognizes them. They do not count as
    /// emitted.
    pub repeated_messages: u64,
    /// Fields that were left out of a [`Context`](crate::Context), because the context was too
    /// large or a value could not be serialized.
    pub context_fields_left_out: u64,
    /// Operations of the [conversation store](crate::store) that failed or timed out. They are
    /// repeated.
    pub store_errors: u64,
    /// Calls to [`Conversations::open`](crate::Conversations::open) that continued without the
    /// conversation store, because the store was down or did not answer within 250 ms.
    pub opens_without_store: u64,
    /// Messages that are not known to be written to the conversation store, because it was down for
    /// too long or refused them. They were sent, but the `message_count` of their conversations
    /// lacks them.
    pub unsaved_messages: u64,
    /// Updates of conversations with changes other than messages (the user, the context, the
    /// consent, or the content policy) that are not known to be written to the conversation store,
    /// because it was down for too long or refused them. The process itself applies these changes,
    /// and writes them again after later changes of the same conversation. If the store refuses
    /// them then, the process tries at most five times.
    pub unsaved_changes: u64,
    /// Updates of conversations that the conversation store refused for at least 60 s, although it
    /// accepted others. They were dropped. `unsaved_messages` and `unsaved_changes` include their
    /// changes.
    pub refused_updates: u64,
    /// Conversation Ended events without `message_count`, because the conversation store was down.
    pub uncounted_ends: u64,
    /// Idle conversations for which no Conversation Ended was sent, because neither the
    /// conversation store nor a process that searched for idle conversations knew the user.
    pub ends_without_user: u64,
    /// Calls to annotated functions outside any conversation. They emit no events and belong to no
    /// tracker, so this is the count for the whole process.
    pub out_of_scope: u64,
    /// Calls to methods of [`Reply`](crate::Reply) outside any reply, or after the message was
    /// sent. They have no effect. This is the count for the whole process.
    pub outside_reply: u64,
}

impl Ledger {
    /// Returns whether every emitted event is delivered, pending, or dropped.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        // The counts of another process are read from a store and can be wrong.
        let settled = self.delivered.saturating_add(self.dropped.total());
        self.emitted == settled.saturating_add(self.pending)
    }

    /// Returns whether every emitted event was delivered, with none pending and none dropped.
    #[must_use]
    pub fn is_all_delivered(&self) -> bool {
        self.emitted == self.delivered
    }
}

/// Adds the counts of several trackers.
impl Sum for Ledger {
    fn sum<I: Iterator<Item = Self>>(ledgers: I) -> Self {
        ledgers.fold(Self::default(), |sum, ledger| Self {
            emitted: sum.emitted.saturating_add(ledger.emitted),
            delivered: sum.delivered.saturating_add(ledger.delivered),
            pending: sum.pending.saturating_add(ledger.pending),
            dropped: sum.dropped.plus(&ledger.dropped),
            recovered: sum.recovered.saturating_add(ledger.recovered),
            sampled_out: sum.sampled_out.saturating_add(ledger.sampled_out),
            quarantined: sum.quarantined.saturating_add(ledger.quarantined),
            batches: sum.batches.saturating_add(ledger.batches),
            retries: sum.retries.saturating_add(ledger.retries),
            truncated: sum.truncated.saturating_add(ledger.truncated),
            repeated_messages: sum
                .repeated_messages
                .saturating_add(ledger.repeated_messages),
            context_fields_left_out: sum
                .context_fields_left_out
                .saturating_add(ledger.context_fields_left_out),
            store_errors: sum.store_errors.saturating_add(ledger.store_errors),
            opens_without_store: sum
                .opens_without_store
                .saturating_add(ledger.opens_without_store),
            unsaved_messages: sum.unsaved_messages.saturating_add(ledger.unsaved_messages),
            unsaved_changes: sum.unsaved_changes.saturating_add(ledger.unsaved_changes),
            refused_updates: sum.refused_updates.saturating_add(ledger.refused_updates),
            uncounted_ends: sum.uncounted_ends.saturating_add(ledger.uncounted_ends),
            ends_without_user: sum
                .ends_without_user
                .saturating_add(ledger.ends_without_user),
            out_of_scope: sum.out_of_scope.saturating_add(ledger.out_of_scope),
            outside_reply: sum.outside_reply.saturating_add(ledger.outside_reply),
        })
    }
}

macro_rules! define_log {
    ($(
        $(#[$doc:meta])*
        $variant:ident $({ $($field:tt)* })? => $name:ident,
    )*) => {
        impl Ledger {
            /// Logs the tracker's counts, each as a field.
            pub(crate) fn log(&self, message: &'static str) {
                let dropped = self.dropped;
                reentrancy::log(|| tracing::info!(
                    emitted = self.emitted,
                    delivered = self.delivered,
                    pending = self.pending,
                    dropped = dropped.total(),
                    $(dropped.$name = dropped.$name,)*
                    recovered = self.recovered,
                    sampled_out = self.sampled_out,
                    quarantined = self.quarantined,
                    batches = self.batches,
                    retries = self.retries,
                    truncated = self.truncated,
                    repeated_messages = self.repeated_messages,
                    context_fields_left_out = self.context_fields_left_out,
                    store_errors = self.store_errors,
                    opens_without_store = self.opens_without_store,
                    unsaved_messages = self.unsaved_messages,
                    unsaved_changes = self.unsaved_changes,
                    refused_updates = self.refused_updates,
                    uncounted_ends = self.uncounted_ends,
                    ends_without_user = self.ends_without_user,
                    "{message}"
                ));
            }
        }
    };
}
drop_reasons!(define_log);

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dropped = self.dropped.total();
        write!(
            f,
            "emitted {} = delivered {} + pending {} + dropped {dropped}",
            self.emitted, self.delivered, self.pending,
        )?;
        if dropped > 0 {
            write!(f, " ({})", self.dropped)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::counters::Counters;
    use crate::ledger::drop_reason::DropReason;

    /// Returns a ledger whose counts are different multiples of `n`.
    fn multiples(n: u64) -> Ledger {
        Ledger {
            emitted: 2 * n,
            delivered: 3 * n,
            pending: 4 * n,
            dropped: Dropped {
                queue_full: 5 * n,
                too_large: 6 * n,
                invalid: 7 * n,
                rejected: 8 * n,
                expired: 9 * n,
                hook: 10 * n,
                shutdown: 11 * n,
                spool_full: 12 * n,
                reentrant: 13 * n,
            },
            recovered: 14 * n,
            sampled_out: 15 * n,
            quarantined: 16 * n,
            batches: 17 * n,
            retries: 18 * n,
            truncated: 19 * n,
            repeated_messages: 20 * n,
            context_fields_left_out: 21 * n,
            store_errors: 22 * n,
            opens_without_store: 23 * n,
            unsaved_messages: 24 * n,
            unsaved_changes: 25 * n,
            refused_updates: 26 * n,
            uncounted_ends: 27 * n,
            ends_without_user: 28 * n,
            out_of_scope: 29 * n,
            outside_reply: 30 * n,
        }
    }

    #[test]
    fn ledgers_are_added() {
        let sum: Ledger = [multiples(1), multiples(10), multiples(100)]
            .into_iter()
            .sum();
        assert_eq!(sum, multiples(111));
    }

    #[test]
    fn wrong_counts_of_another_process_do_not_overflow() {
        let json = r#"{"emitted":18446744073709551615,"delivered":18446744073709551615,
            "pending":1,"dropped":{"hook":18446744073709551615,"expired":1}}"#;
        let wrong: Ledger = serde_json::from_str(json).unwrap();
        let sum: Ledger = [wrong, wrong].into_iter().sum();
        assert_eq!((sum.emitted, sum.pending), (u64::MAX, 2));
        assert_eq!(sum.dropped.total(), u64::MAX);
        assert!(sum.is_balanced());
        assert!(wrong.to_string().contains("pending 1"));
    }

    #[test]
    fn it_is_displayed_as_an_equation() {
        let counters = Counters::default();
        for _ in 0..3 {
            counters.count_emitted();
        }
        counters.count_delivered(1);
        assert_eq!(
            counters.read().to_string(),
            "emitted 3 = delivered 1 + pending 2 + dropped 0"
        );
        counters.count_dropped(DropReason::Hook, 2);
        assert_eq!(
            counters.read().to_string(),
            "emitted 3 = delivered 1 + pending 0 + dropped 2 (hook 2)"
        );
    }
}
