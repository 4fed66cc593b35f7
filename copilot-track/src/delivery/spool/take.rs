//! Takes events from the spool, in order, to send them.

use std::time::Instant;

use crate::delivery::retry::StoredRetries;
use crate::delivery::spool::content_policy;
use crate::delivery::spool::disk_queue::{DiskQueue, RETRY_INTERVAL, UnsentRecord};
use crate::delivery::spool::record::SpoolRecord;
use crate::privacy::content::Policy;

/// The number of records that are read at a time.
const READ_AHEAD_RECORDS: usize = 512;

impl DiskQueue {
    /// Takes the next event to send. Returns `None` if there is none or the disk cannot be read.
    pub(crate) fn take(&mut self) -> Option<UnsentRecord> {
        loop {
            let (number, record, from_disk) = self.next()?;
            if number < self.adopted.end {
                self.adopted.start = number + 1;
            } else {
                self.next_unsent = number + 1;
            }
            let size = record.json.len();
            if from_disk {
                self.untaken.remove(size as u64);
            }
            // The file is checked when it is opened, but not on each read. A single damaged event
            // would make the endpoint reject the whole batch.
            if from_disk && !is_object(&record.json) {
                self.remove(number, size);
                self.damaged += 1;
                continue;
            }
            return Some(self.unsent(number, record, from_disk));
        }
    }

    /// Reads events that were taken before. Returns `None` if the disk cannot be read. Damaged
    /// events are left out.
    pub(crate) fn read_again(&mut self, records: &[(u64, usize)]) -> Option<Vec<UnsentRecord>> {
        let (first, _) = *records.first()?;
        let (last, _) = *records.last()?;
        let end = self.committed().min(last + 1);
        let stored = if first < end {
            self.store.read(first, end, usize::MAX)
        } else {
            Ok(Vec::new())
        };
        let mut stored = match stored {
            Ok(stored) => stored.into_iter().peekable(),
            Err(error) => {
                self.log_failure(&error);
                return None;
            }
        };
        let mut found = Vec::with_capacity(records.len());
        for &(number, _) in records {
            while stored.next_if(|(other, _)| *other < number).is_some() {}
            let from_disk = stored.next_if(|(other, _)| *other == number);
            let is_from_disk = from_disk.is_some();
            let record = from_disk
                .map(|(_, record)| record)
                .or_else(|| self.staged.get(number).cloned());
            found.extend(
                record
                    .filter(|record| !is_from_disk || is_object(&record.json))
                    .map(|record| self.unsent(number, record, is_from_disk)),
            );
        }
        Some(found)
    }

    /// Applies the tracker's content policy to an event.
    fn unsent(&self, number: u64, record: SpoolRecord, is_from_disk: bool) -> UnsentRecord {
        let size = record.json.len();
        let json = if record.content < self.content {
            content_policy::apply_stricter(self.policy(), &record.content_properties, &record.json)
        } else {
            record.json
        };
        UnsentRecord {
            number,
            size,
            json,
            is_from_disk,
        }
    }

    /// Returns the number of events that were found to be deleted since the previous call.
    pub(crate) fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }

    /// Returns the number of damaged events that were found since the previous call.
    pub(crate) fn take_damaged(&mut self) -> u64 {
        std::mem::take(&mut self.damaged)
    }

    /// Returns the number of events that an earlier process left and that were found since the
    /// previous call. Events that were found at the start do not count.
    pub(crate) fn take_recovered(&mut self) -> u64 {
        std::mem::take(&mut self.recovered)
    }

    /// Includes the events that an earlier process left in the file, if they were found late.
    pub(super) fn adopt(&mut self) {
        let Some(found) = self.store.take_adopted() else {
            return;
        };
        if self.adopted.is_empty() {
            self.adopted = found.first..found.next;
            self.bytes += found.bytes;
            self.recovered += found.events;
            self.untaken.add(found.events, found.bytes);
            // These events are older than all others.
            self.read_ahead.clear();
            let stored = self.store.read_retries();
            self.retries.adopt(stored, &self.adopted);
        }
    }

    /// Returns the retries that are stored for the next event to take, and the number of the first
    /// event of the batch that it belongs to.
    pub(crate) fn next_retries(&mut self) -> Option<(u64, StoredRetries)> {
        if self.retries.is_empty() {
            return None;
        }
        self.read_ahead()?;
        let next = self.read_ahead.front();
        self.retries
            .get(next.map_or(self.next_unsent, |(number, _)| *number))
    }

    /// Reads events from the file, if the next event is in the file. Returns `None` if the file
    /// cannot be read.
    fn read_ahead(&mut self) -> Option<()> {
        while self.read_ahead.is_empty() && self.first_unsent() < self.committed() {
            self.read_more()?;
        }
        Some(())
    }

    fn next(&mut self) -> Option<(u64, SpoolRecord, bool)> {
        self.read_ahead()?;
        if let Some((number, record)) = self.read_ahead.pop_front() {
            return Some((number, record, true));
        }
        // Everything on disk has been taken. If that is not all that was written, the rest was
        // deleted by other code.
        let missing = std::mem::take(&mut self.untaken);
        self.lost += missing.events;
        self.bytes = self.bytes.saturating_sub(missing.bytes);
        Some((
            self.next_unsent,
            self.staged.get(self.next_unsent)?.clone(),
            false,
        ))
    }

    /// Reads the next events from the file. Returns `None` if the file cannot be read.
    fn read_more(&mut self) -> Option<()> {
        let is_early = |since: Instant| since.elapsed() < RETRY_INTERVAL;
        if self.read_failed_at.is_some_and(is_early) {
            return None;
        }
        let first = self.first_unsent();
        let end = if self.adopted.is_empty() {
            self.committed()
        } else {
            self.adopted.end
        };
        match self.store.read(first, end, READ_AHEAD_RECORDS) {
            Ok(records) => {
                self.read_failed_at = None;
                if records.is_empty() && self.adopted.is_empty() {
                    // No records were found, so these events have already been settled.
                    self.next_unsent = end;
                } else if records.is_empty() {
                    self.adopted.start = end;
                }
                self.read_ahead = records.into();
                self.adopt();
                Some(())
            }
            Err(error) => {
                self.read_failed_at = Some(Instant::now());
                self.log_failure(&error);
                None
            }
        }
    }

    fn policy(&self) -> Policy<'_> {
        Policy {
            content: self.content,
            masker: &self.masker,
        }
    }
}

fn is_object(json: &[u8]) -> bool {
    json.first() == Some(&b'{') && serde_json::from_slice::<serde::de::IgnoredAny>(json).is_ok()
}
