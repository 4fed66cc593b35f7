//! The result of a replay of dead letters.

use std::fmt;

use serde::Serialize;

/// The result of [`Tracker::replay_dead_letters`](crate::Tracker::replay_dead_letters).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
#[must_use = "the report says whether the replay is complete"]
pub struct ReplayReport {
    /// The number of dead letters that were sent. The ledger counts them as emitted again.
    ///
    /// `replayed = delivered + rejected + spooled + kept + unsettled`.
    pub replayed: u64,
    /// The number of letters that the endpoint accepted.
    pub delivered: u64,
    /// The number of letters that were rejected or expired again. They are in the tracker's file of
    /// dead letters.
    pub rejected: u64,
    /// The number of letters that are on disk in the spool, which sends them later.
    pub spooled: u64,
    /// The number of letters that were dropped before they were sent: by the `before_send` hook, or
    /// because they are invalid or too large. They were moved to `FILE.kept`.
    pub kept: u64,
    /// The number of letters without a known outcome when the call ended. They stay in their file,
    /// and the next call sends them again.
    pub unsettled: u64,
    /// The number of letters that were skipped because an earlier letter has the same envelope id.
    pub repeated: u64,
    /// The number of lines that are not valid letters. These lines were moved to `FILE.damaged`.
    pub damaged: u64,
    /// The number of files whose letters were all sent again, although an interrupted call had
    /// settled a part of them: the record of its progress was damaged, or the file was edited.
    /// Segment keeps only one copy of a letter if both arrive within 24 hours.
    pub restarted: u64,
    /// Whether nothing is left to replay. If `false`, the remaining letters stay in their file, and
    /// the next call continues with them.
    pub complete: bool,
}

/// Writes the counts of `replayed`, `repeated`, and `damaged`. Writes `kept` and `restarted` if
/// they are not zero.
impl fmt::Display for ReplayReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            replayed,
            repeated,
            damaged,
            kept,
            restarted,
            complete,
            ..
        } = self;
        write!(
            f,
            "replayed {replayed}, repeated {repeated}, damaged {damaged}"
        )?;
        if *kept > 0 {
            write!(f, ", kept {kept}")?;
        }
        if *restarted > 0 {
            write!(f, ", restarted {restarted}")?;
        }
        if !complete {
            f.write_str(", not complete")?;
        }
        Ok(())
    }
}
