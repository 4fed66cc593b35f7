//! A call to `replay_dead_letters`.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::delivery::dead_letters::dead_letter::DeadLetter;
use crate::delivery::dead_letters::outcomes::LetterOutcome;
use crate::delivery::dead_letters::reader::{DeadLetterReader, Line, Position};
use crate::delivery::dead_letters::replay_files::{ReplayFile, ReplayFiles};
use crate::delivery::envelope::{ApiCall, Envelope};
use crate::delivery::worker::barrier_request::Barrier;
use crate::tracker::replay_options::ReplayOptions;
use crate::tracker::replay_report::ReplayReport;
use crate::tracker::replay_thread::ReplayState;
use crate::tracker::tracker::{Inner, Tracker};

/// The maximum number of dead letters in the queue or in flight.
const MAX_PENDING_LETTERS: usize = 500;
/// The maximum number of lines between two records of the progress.
const MAX_UNRECORDED_LINES: usize = 10_000;
/// The maximum number of letters whose outcome is still awaited after a call was cut short.
const MAX_AWAITED_LETTERS: usize = 10_000;
/// At least this many of the latest ids are remembered, and at most twice as many.
const MAX_REMEMBERED_IDS: usize = 500_000;

/// The number of lines or bytes that a group has at least, even after the deadline. Each call thus
/// makes progress, even with a timeout of zero.
const MIN_LINES: usize = 100;
const MIN_BYTES: u64 = 4 * 1024 * 1024;

/// A call to `replay_dead_letters`.
///
/// Letters are sent in groups. After each group, the call waits until the letters are settled, and
/// records which of them are.
pub(super) struct ReplayRun {
    /// A replay whose caller no longer waits must not keep the tracker from shutting down.
    tracker: Weak<Inner>,
    replay_options: ReplayOptions,
    /// `None` if the timeout is too long for an `Instant`.
    deadline: Option<Instant>,
    state: Arc<ReplayState>,
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
    bytes_queued: usize,
    /// The number of lines that were read.
    lines: usize,
    /// The number of bytes that were read.
    bytes_read: u64,
}

struct SentLetter {
    /// The position of the letter in its file.
    position: u64,
    id: String,
}

impl ReplayRun {
    pub(super) fn new(
        tracker: Weak<Inner>,
        replay_options: ReplayOptions,
        deadline: Option<Instant>,
        dropped_before: u64,
        state: Arc<ReplayState>,
    ) -> Self {
        Self {
            tracker,
            replay_options,
            deadline,
            state,
            dropped_before,
            seen: SeenIds::default(),
            report: ReplayReport::default(),
            group: Group::default(),
        }
    }

    /// Replays the files until all letters are settled, the deadline has passed, or a letter is
    /// lost.
    pub(super) fn replay(mut self, files: ReplayFiles) -> io::Result<ReplayReport> {
        let files: Vec<_> = files.into_files().collect();
        let restarted = files.iter().filter(|file| file.is_restarted());
        self.report.restarted = restarted.count() as u64;
        for (index, mut file) in files.into_iter().enumerate() {
            let is_over = index > 0 && self.is_over();
            if is_over || !self.replay_file(&mut file)? {
                return Ok(self.report);
            }
            file.remove()?;
        }
        self.report.complete = true;
        Ok(self.report)
    }

    /// Replays a file. Returns `false` if something in it is left to replay.
    fn replay_file(&mut self, file: &mut ReplayFile) -> io::Result<bool> {
        // The first group starts with the letters that an interrupted call did not settle.
        let unsettled = file.unsettled().to_vec();
        let mut remaining = unsettled.as_slice();
        while let [position, rest @ ..] = remaining {
            remaining = rest;
            let mut reader = file.read_from(*position)?;
            self.replay_line(&mut reader, file)?;
            if !self.end_full_group(file, file.read_to(), rest)? {
                return Ok(false);
            }
        }
        let mut reader = file.unread()?;
        while self.replay_line(&mut reader, file)? {
            if !self.end_full_group(file, reader.position(), &[])? {
                return Ok(false);
            }
        }
        self.end_group(file, reader.position(), &[])
    }

    /// Replays the next line. Returns `false` at the end of the file.
    fn replay_line(
        &mut self,
        reader: &mut DeadLetterReader<std::fs::File>,
        file: &mut ReplayFile,
    ) -> io::Result<bool> {
        let line = reader.next_line()?;
        self.group.bytes_read += reader.position().offset - reader.start();
        match line {
            None => return Ok(false),
            Some(Line::Blank) => self.group.lines += 1,
            Some(Line::Damaged { bytes, ends }) => {
                file.move_damaged(&bytes, ends)?;
                self.report.damaged += u64::from(ends);
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
        self.share_report();
        Ok(true)
    }

    fn send(&mut self, letter: Box<DeadLetter>, position: u64) {
        self.report.replayed += 1;
        let tracker = self.tracker().filter(|_| !self.state.is_abandoned());
        let outcomes = &self.replay_options.dead_letters.outcomes;
        let tracker = tracker.filter(|_| outcomes.expect(&letter.id));
        self.group.letters.push(SentLetter {
            position,
            id: letter.id.clone(),
        });
        let Some(tracker) = tracker else {
            // A call that was cut short has sent this letter already, or the caller of this one no
            // longer waits, and the letter stays in its file.
            return;
        };
        let source = tracker.id_and_clock();
        let envelope = Envelope {
            // The letter's own id and timestamp later replace these two values.
            id: source.envelope_id(),
            timestamp: source.now(),
            call: ApiCall::DeadLetter(letter),
        };
        self.group.bytes_queued += envelope.size();
        // The replay itself waits for its letters, and only until its deadline.
        tracker.push_within(self.time_left(), envelope);
    }

    /// Returns the tracker, unless it was dropped after the caller stopped waiting.
    fn tracker(&self) -> Option<Tracker> {
        let inner = self.tracker.upgrade()?;
        Some(Tracker { inner })
    }

    fn time_left(&self) -> Duration {
        self.deadline.map_or(Duration::MAX, |deadline| {
            deadline.saturating_duration_since(Instant::now())
        })
    }

    /// Returns whether the deadline has passed.
    fn is_over(&self) -> bool {
        self.time_left().is_zero()
    }

    /// Shares the report with the caller. Letters in the current group count as unsettled.
    fn share_report(&self) {
        let in_group = self.group.letters.len() as u64;
        self.state.set_report(ReplayReport {
            unsettled: self.report.unsettled + in_group,
            ..self.report
        });
    }

    /// Returns whether it is time to wait for the letters that were sent. The letters must not fill
    /// the queue, because the application's events need room in it.
    fn is_group_full(&self) -> bool {
        let options = &self.replay_options;
        let max_letters = MAX_PENDING_LETTERS.min(options.max_queue_events / 4).max(1);
        self.group.letters.len() >= max_letters
            || self.group.bytes_queued >= options.max_queue_bytes / 4
            || self.group.lines >= MAX_UNRECORDED_LINES
            || self.has_minimum() && self.is_over()
    }

    fn has_minimum(&self) -> bool {
        self.group.lines >= MIN_LINES || self.group.bytes_read >= MIN_BYTES
    }

    /// Ends the group if it is full. Returns `false` if the call must end.
    fn end_full_group(
        &mut self,
        file: &mut ReplayFile,
        read_to: Position,
        unsent: &[u64],
    ) -> io::Result<bool> {
        if !self.is_group_full() {
            return Ok(true);
        }
        Ok(self.end_group(file, read_to, unsent)? && !self.is_over())
    }

    /// Waits for the letters of the group, and records which of them are settled. Returns `false`
    /// if not all of them are. The letters below `read_to` at the positions `unsent` have not been
    /// sent.
    fn end_group(
        &mut self,
        file: &mut ReplayFile,
        read_to: Position,
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
        self.share_report();
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
        let barrier = if self.replay_options.has_spool {
            Barrier::OnDisk
        } else {
            Barrier::Settled
        };
        let report = self
            .tracker()
            .and_then(|tracker| tracker.finish_blocking(barrier, self.time_left()));
        report.is_some_and(|report| {
            report.complete && report.ledger.dropped.shutdown == self.dropped_before
        })
    }
}

impl Drop for ReplayRun {
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
