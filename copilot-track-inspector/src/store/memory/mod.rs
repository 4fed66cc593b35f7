//! The in-memory backend, which is bounded by the number and the total size of events.

mod envelopes;
pub(super) mod events;
mod read;
pub(super) mod search;
mod users;
mod verdicts;

use std::collections::HashMap;

use foldhash::fast::RandomState;

/// A map whose keys are ids. Several ids are looked up for each event, so a fast hash function is
/// used. Its seed is random, so that a client cannot choose ids with equal hashes.
type IdMap<V> = HashMap<String, V, RandomState>;
