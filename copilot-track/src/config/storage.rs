//! Opens the files that a tracker keeps: the spool and the dead letters.

use std::path::PathBuf;
use std::sync::Arc;

use crate::config::builder::TrackerBuilder;
use crate::delivery::queue::limits::QueueLimits;
#[cfg(feature = "spool")]
use crate::delivery::queue::overflow_policy::Overflow;
use crate::delivery::spool::DiskQueue;
#[cfg(feature = "spool")]
use crate::delivery::spool::config::Spool;
#[cfg(feature = "spool")]
use crate::delivery::spool::disk_queue::MemoryLimit;
#[cfg(feature = "spool")]
use crate::delivery::spool::open::OpenError;
use crate::error::ConfigError;
use crate::ledger::counters::Counters;
use crate::privacy::content::Content;
use crate::privacy::masking::masker::Masker;
#[cfg(feature = "spool")]
use crate::util::reentrancy;

/// The files of a tracker.
pub(super) struct Storage {
    pub(super) spool: Option<DiskQueue>,
    pub(super) strict: bool,
    pub(super) dead_letters: Option<PathBuf>,
}

impl TrackerBuilder {
    /// Opens the spool, if one is configured. If events can spill to disk, this method halves
    /// `limits`.
    #[cfg(feature = "spool")]
    pub(super) fn open_storage(
        &mut self,
        limits: &mut QueueLimits,
        content: Content,
        masker: &Arc<Masker>,
        counters: &Counters,
    ) -> Result<Storage, ConfigError> {
        let dead_letters = self.dead_letters.take();
        let spills = limits.overflow == Overflow::SpillToDisk;
        let Some(config) = self.spool.take() else {
            if spills {
                return Err(ConfigError::SpillToDisk {
                    problem: "needs a spool: call `.spool(directory)`, or use another overflow policy",
                });
            }
            return Ok(Storage {
                spool: None,
                strict: false,
                dead_letters,
            });
        };
        if spills && config.strict {
            return Err(ConfigError::SpillToDisk {
                problem: "keeps events in memory until memory is full, but a strict spool writes \
                          each event to disk immediately: remove one of the two settings",
            });
        }
        let memory_limit = spills.then(|| halve(limits));
        let default_file = || config.directory.join("dead-letters.jsonl");
        Ok(Storage {
            strict: config.strict,
            dead_letters: Some(dead_letters.unwrap_or_else(default_file)),
            spool: Some(open_spool(config, memory_limit, content, masker, counters)?),
        })
    }

    #[cfg(not(feature = "spool"))]
    #[allow(
        clippy::unnecessary_wraps,
        reason = "fails only with the `spool` feature"
    )]
    pub(super) fn open_storage(
        &mut self,
        _: &mut QueueLimits,
        _: Content,
        _: &Arc<Masker>,
        _: &Counters,
    ) -> Result<Storage, ConfigError> {
        Ok(Storage {
            spool: None,
            strict: false,
            dead_letters: self.dead_letters.take(),
        })
    }
}

/// Halves `limits`, and returns the other half as the limit for encoded events.
#[cfg(feature = "spool")]
fn halve(limits: &mut QueueLimits) -> MemoryLimit {
    limits.events = limits.events.div_ceil(2);
    limits.bytes = limits.bytes.div_ceil(2);
    MemoryLimit {
        events: limits.events,
        bytes: limits.bytes,
    }
}

#[cfg(feature = "spool")]
fn open_spool(
    config: Spool,
    memory_limit: Option<MemoryLimit>,
    content: Content,
    masker: &Arc<Masker>,
    counters: &Counters,
) -> Result<DiskQueue, ConfigError> {
    let directory = config.directory.clone();
    let (spool, found, damaged) =
        DiskQueue::open(config, memory_limit, content, Arc::clone(masker)).map_err(|error| {
            match error {
                OpenError::InUse => ConfigError::SpoolInUse { directory },
                OpenError::Newer => ConfigError::SpoolIsNewer { directory },
                OpenError::Io(source) => ConfigError::Spool { directory, source },
            }
        })?;
    if let Some(damaged) = damaged {
        counters.count_quarantined();
        reentrancy::log(|| {
            tracing::warn!(
                file = %damaged.display(),
                "the spool was damaged: its file was renamed, and a new file was created"
            );
        });
    }
    counters.count_recovered(found.events);
    Ok(spool)
}
