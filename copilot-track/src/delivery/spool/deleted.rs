//! Notices that the spool's files were deleted, and creates them again.

use std::collections::HashSet;
use std::fs;
use std::ops::Range;

use redb::{Database, ReadableDatabase as _};

use crate::delivery::spool::lock::DirectoryLock;
use crate::delivery::spool::open::{EVENTS, open};
use crate::delivery::spool::retry_table::RETRIES;
use crate::delivery::spool::store::{Store, catch_panic, retries_in};
use crate::util::reentrancy;

impl Store {
    /// Returns whether there is something to do even if there are no records to write: the file has
    /// not been opened yet, or the file or its lock was deleted.
    pub(crate) fn is_stale(&self) -> bool {
        self.unread || self.is_deleted()
    }

    /// Returns whether the open file or its lock was deleted.
    fn is_deleted(&self) -> bool {
        self.file.as_ref().is_some_and(|file| {
            !file.id.is_at(&self.path) || !self.lock.as_ref().is_some_and(DirectoryLock::is_current)
        })
    }

    /// Returns the number of records below `end` that will be lost because their file was deleted.
    /// `removed` contains the numbers of settled records. Records in `uncertain` are settled, too.
    pub(crate) fn stranded(&self, end: u64, removed: &[u64], uncertain: &Range<u64>) -> u64 {
        let Some(file) = self.file.as_ref().filter(|_| self.is_deleted()) else {
            return 0;
        };
        let removed: HashSet<_> = removed.iter().collect();
        let count = || {
            let events = file.database.begin_read()?.open_table(EVENTS)?;
            let mut count = 0;
            for entry in events.range(self.in_file(self.lowest)..self.in_file(end))? {
                let number = entry?.0.value().wrapping_sub(self.base);
                let is_lost = !removed.contains(&number) && !uncertain.contains(&number);
                count += u64::from(is_lost);
            }
            Ok(count)
        };
        catch_panic(count).unwrap_or_default()
    }

    /// Copies all records into a new file if the file was deleted. If another process has created
    /// the directory again, waits until that process has ended, and then uses its file.
    pub(super) fn recreate_if_deleted(&mut self) -> Result<(), redb::Error> {
        if !self.is_deleted() {
            return Ok(());
        }
        self.lock_directory()?;
        let Some(old) = &self.file else {
            return Ok(());
        };
        if old.id.is_at(&self.path) {
            // Only the lock was deleted. The file stayed open, so no other process has used it.
            self.unread = false;
            return Ok(());
        }
        let (new, found) = open(&self.path)?;
        let base = self.base_behind(&found);
        let first = self.in_file(self.lowest);
        let offset = base.wrapping_sub(self.base);
        if let Err(error) = catch_panic(|| copy(&old.database, first, &new.database, offset)) {
            drop(new);
            if found.events == 0 {
                let _ = fs::remove_file(&self.path);
            }
            return Err(error);
        }
        reentrancy::log(|| {
            tracing::warn!(file = %self.path.display(), "the spool's file was deleted and has been recreated");
        });
        self.file = Some(new);
        self.base = base;
        self.adopt(found);
        Ok(())
    }
}

/// Copies all records from the number `first`, a limited number at a time, and the retries of their
/// batches. `offset` is added to each number.
fn copy(from: &Database, first: u64, to: &Database, offset: u64) -> Result<(), redb::Error> {
    const STEP: usize = 1_024;
    let events = from.begin_read()?.open_table(EVENTS)?;
    let mut entries = events.range(first..)?.peekable();
    while entries.peek().is_some() {
        let transaction = to.begin_write()?;
        {
            let mut events = transaction.open_table(EVENTS)?;
            for entry in entries.by_ref().take(STEP) {
                let (number, value) = entry?;
                events.insert(number.value().wrapping_add(offset), value.value())?;
            }
        }
        transaction.commit()?;
    }
    let transaction = to.begin_write()?;
    {
        let mut table = transaction.open_table(RETRIES)?;
        for (number, entry) in retries_in(from)? {
            if number >= first {
                table.insert(number.wrapping_add(offset), entry.row(offset))?;
            }
        }
    }
    transaction.commit()?;
    Ok(())
}
