//! A call to `replay_dead_letters`.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::time::{Duration, Instant};

use crate::delivery::dead_letters::dead_letter::DeadLetter;
use crate::delivery::dead_letters::outcomes::LetterOutcome;
use crate::delivery::dead_letters::reader::{DeadLetterReader, Line};
use crate::delivery::dead_letters::replay_files::{ReplayFile, ReplayFiles};
use crate::delivery::envelope::{ApiCall, Envelope};
use crate::delivery::worker::barrier_request::Barrier;
use crate::tracker::replay_options::ReplayOptions;
use crate::tracker::replay_report::ReplayReport;
use crate::tracker::tracker::Tracker;

/// The maximum number of dead letters in the queue or in flight.
const MAX_PENDING_LETTERS: usize = 500;
/// The maximum number of lines between two records of the progress.
const MAX_UNRECORDED_LINES: usize = 10_000;
/// The maximum number of letters whose outcome is still awaited after a call was cut short.
const MAX_AWAITED_LETTERS: usize = 10_000;
/// At least this many of the latest ids are remembered, and at most twice as many.
const MAX_REMEMBERED_IDS: usize = 500_000;

/// A call to `replay_dead_letters`.
///
/// Letters are sent in groups. After each group, the call waits until the letters are settled, and
/// records which of them are.
pub(super) struct ReplayRun<'a> {
    tracker: &'a Tracker,
    replay_options: &'a ReplayOptions,
    /// `None` if the timeout is too long for an `Instant`.
    deadline: Option<Instant>,
    /// The number of events that were dropped because of a shutdown before this call.
    dropped_before: u64,
    seen: SeenIds,
    report: ReplayReport,
    group: Group,
}

/// The letters that were sent since the latest record of the progress.
#[derive(Default)]
struct Group {
    letters: Vec<SentLetter>,
    /// The size of the letters in the queue, in bytes.
    bytes: usize,
    /// The number of lines that were read.
    lines: usize,
}

struct SentLetter {
    /// The position of the letter in its file.
    position: u64,
    id: String,
}

impl<'a> ReplayRun<'a> {
    pub(super) fn new(
        tracker: &'a Tracker,
        replay_options: &'a ReplayOptions,
        timeout: Duration,
    ) -> Self {
        Self {
            tracker,
            replay_options,
            deadline: Instant::now().checked_add(timeout),
            dropped_before: tracker.ledger().dropped.shutdown,
            seen: SeenIds::default(),
            report: ReplayReport::default(),
            group: Group::default(),
        }
    }

    /// Replays the files until all letters are settled, the deadline has passed, or a letter is
    /// lost.
    pub(super) fn replay(mut self, files: ReplayFiles) -> io::Result<ReplayReport> {
        for mut file in files.into_files() {
            if !self.replay_file(&mut file)? {
                return Ok(self.report);
            }
            file.remove()?;
        }
        self.report.complete = true;
        Ok(self.report)
    }

    /// Replays a file. Returns `false` if some of its letters are not settled.
    fn replay_file(&mut self, file: &mut ReplayFile) -> io::Result<bool> {
        // The first group starts with the letters that an interrupted call did not settle.
        let unsettled = file.unsettled().to_vec();
        let mut remaining = unsettled.as_slice();
        while let [position, rest @ ..] = remaining {
            remaining = rest;
            let mut reader = file.read_from(*position)?;
            self.replay_line(&mut reader, file)?;
            if self.is_group_full() && !self.end_group(file, file.read_to(), rest)? {
                return Ok(false);
            }
        }
        let mut reader = file.unread()?;
        while self.replay_line(&mut reader, file)? {
            if self.is_group_full() && !self.end_group(file, reader.end(), &[])? {
                return Ok(false);
            }
        }
        self.end_group(file, reader.end(), &[])
    }

    /// Replays the next line. Returns `false` at the end of the file.
    fn replay_line(
        &mut self,
        reader: &mut DeadLetterReader<std::fs::File>,
        file: &mut ReplayFile,
    ) -> io::Result<bool> {
        match reader.next_line()? {
            None => return Ok(false),
            Some(Line::Damaged { bytes, ends }) => {
                file.move_damaged(&bytes, ends)?;
                self.report.damaged += u64::from(ends);
                // The progress must not be recorded within a line.
                self.group.lines += usize::from(ends);
            }
            Some(Line::DeadLetter(letter)) => {
                if self.seen.insert(&letter.id) {
                    self.report.repeated += 1;
                } else {
                    self.send(letter, reader.start());
                }
                self.group.lines += 1;
            }
        }
        Ok(true)
    }

    fn send(&mut self, letter: Box<DeadLetter>, position: u64) {
        self.report.replayed += 1;
        let is_new = self.replay_options.dead_letters.outcomes.expect(&letter.id);
        self.group.letters.push(SentLetter {
            position,
            id: letter.id.clone(),
        });
        if !is_new {
            // A call that was cut short has sent this letter already.
            return;
        }
        let source = self.tracker.id_and_clock();
        let envelope = Envelope {
            // The letter's own id and timestamp later replace these two values.
            id: source.envelope_id(),
            timestamp: source.now(),
            call: ApiCall::DeadLetter(letter),
        };
        self.group.bytes += envelope.size();
        // The replay itself waits for its letters, and only until its deadline.
        self.tracker.push_without_sync(envelope);
    }

    /// Returns whether it is time to wait for the letters that were sent. The letters must not fill
    /// the queue, because the application's events need room in it.
    fn is_group_full(&self) -> bool {
        let options = self.replay_options;
        let max_letters = MAX_PENDING_LETTERS.min(options.max_queue_events / 4).max(1);
        self.group.letters.len() >= max_letters
            || self.group.bytes >= options.max_queue_bytes / 4
            || self.group.lines >= MAX_UNRECORDED_LINES
    }

    /// Waits for the letters of the group, and records which of them are settled. Returns `false`
    /// if not all of them are. The letters below `read_to` at the positions `unsent` have not been
    /// sent.
    fn end_group(
        &mut self,
        file: &mut ReplayFile,
        read_to: u64,
        unsent: &[u64],
    ) -> io::Result<bool> {
        let all_reached = self.group.letters.is_empty() || self.wait();
        let outcomes = &self.replay_options.dead_letters.outcomes;
        let (mut kept, mut unsettled) = (Vec::new(), Vec::new());
        for SentLetter { position, id } in std::mem::take(&mut self.group).letters {
            let mut is_awaited = false;
            match outcomes.get(&id) {
                Some(LetterOutcome::Delivered) => self.report.delivered += 1,
                Some(LetterOutcome::Rejected) => self.report.rejected += 1,
                Some(LetterOutcome::Spooled) if all_reached => self.report.spooled += 1,
                Some(LetterOutcome::Dropped) => kept.push(position),
                None | Some(LetterOutcome::Spooled) => {
                    unsettled.push(position);
                    // The letter may still be in the queue. If it is settled before the next call,
                    // that call does not send it again.
                    is_awaited = !all_reached && outcomes.len() <= MAX_AWAITED_LETTERS;
                }
            }
            if !is_awaited {
                outcomes.forget(&id);
            }
        }
        self.report.kept += kept.len() as u64;
        self.report.unsettled += unsettled.len() as u64;
        let all_settled = unsettled.is_empty();
        unsettled.extend_from_slice(unsent);
        unsettled.sort_unstable();
        for position in kept {
            file.move_kept(position)?;
        }
        file.record(read_to, unsettled)?;
        Ok(all_reached && all_settled)
    }

    /// Waits until the letters are settled or, with a spool, on disk. Returns `false` if the
    /// deadline passes first.
    fn wait(&self) -> bool {
        let left = self.deadline.map_or(Duration::MAX, |deadline| {
            deadline.saturating_duration_since(Instant::now())
        });
        let barrier = if self.replay_options.has_spool {
            Barrier::OnDisk
        } else {
            Barrier::Settled
        };
        self.tracker
            .finish_blocking(barrier, left)
            .is_some_and(|report| {
                report.complete && report.ledger.dropped.shutdown == self.dropped_before
            })
    }
}

impl Drop for ReplayRun<'_> {
    fn drop(&mut self) {
        // The group is not empty if an error ended the call.
        for letter in &self.group.letters {
            self.replay_options.dead_letters.outcomes.forget(&letter.id);
        }
    }
}

/// The ids of the letters so far, up to twice [`MAX_REMEMBERED_IDS`].
#[derive(Default)]
struct SeenIds {
    now: HashSet<u128>,
    earlier: HashSet<u128>,
    keys: [RandomState; 2],
}

impl SeenIds {
    /// Adds an id. Returns whether it was already present.
    fn insert(&mut self, id: &str) -> bool {
        let [first, second] = &self.keys;
        let id = u128::from(first.hash_one(id)) << 64 | u128::from(second.hash_one(id));
        if self.earlier.contains(&id) || !self.now.insert(id) {
            return true;
        }
        if self.now.len() >= MAX_REMEMBERED_IDS {
            self.earlier = std::mem::take(&mut self.now);
        }
        false
    }
}
