//! The ledgers of all replicas.

use std::time::Duration;

use crate::ledger::counts::Ledger;

/// The ledgers of all replicas that publish theirs. Returned by
/// [`Conversations::fleet_ledger`](crate::Conversations::fleet_ledger).
///
/// ```
/// # fn example(fleet: copilot_track::store::FleetLedger) {
/// println!("{}", fleet.total()); // emitted 12 = delivered 9 + pending 2 + dropped 1 (rejected 1)
/// for replica in &fleet.replicas {
///     println!("{} ({:?} ago): {}", replica.replica, replica.age, replica.ledger.dropped);
/// }
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FleetLedger {
    /// The ledgers, sorted by the names of the replicas.
    pub replicas: Vec<ReplicaLedger>,
}

impl FleetLedger {
    pub(crate) fn new(mut replicas: Vec<ReplicaLedger>) -> Self {
        replicas.sort_by(|a, b| a.replica.cmp(&b.replica));
        Self { replicas }
    }

    /// Returns the sum of the ledgers.
    #[must_use]
    pub fn total(&self) -> Ledger {
        self.replicas.iter().map(|replica| replica.ledger).sum()
    }
}

/// The ledger of one replica.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplicaLedger {
    /// The name of the replica.
    pub replica: String,
    /// The ledger.
    pub ledger: Ledger,
    /// The time since the ledger was published.
    pub age: Duration,
}

impl ReplicaLedger {
    /// Creates a value.
    #[must_use]
    pub fn new(replica: impl Into<String>, ledger: Ledger, age: Duration) -> Self {
        Self {
            replica: replica.into(),
            ledger,
            age,
        }
    }
}
