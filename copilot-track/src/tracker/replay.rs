//! The replay of dead letters.

use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::delivery::dead_letters::dead_letter::DeadLetter;
use crate::delivery::dead_letters::reader::{DeadLetterReader, Line};
use crate::delivery::dead_letters::replay_files::ReplayFiles;
use crate::delivery::envelope::{ApiCall, Envelope, EventContextRef};
use crate::delivery::worker::barrier_request::Barrier;
use crate::ledger::counts::Ledger;
use crate::ledger::report::Report;
use crate::tracker::replay_options::ReplayOptions;
use crate::tracker::tracker::Tracker;
use crate::util::reentrancy;

/// The maximum number of dead letters in the queue or in flight.
const MAX_PENDING_LETTERS: usize = 500;
/// At least this many of the latest ids are remembered, and at most twice as many.
const MAX_REMEMBERED_IDS: usize = 500_000;

/// The result of [`Tracker::replay_dead_letters`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
#[must_use = "the report says whether the replay is complete"]
pub struct ReplayReport {
    /// The number of dead letters that were sent. The ledger counts them as emitted again.
    pub replayed: u64,
    /// The number of letters that were skipped because an earlier letter has the same envelope id.
    pub repeated: u64,
    /// The number of lines that are not valid letters. These lines were moved to `FILE.damaged`.
    pub damaged: u64,
    /// Whether every letter was delivered, or was rejected again and added to the tracker's file of
    /// dead letters. With a spool, it is enough that every letter was written to disk. If `false`,
    /// the letters stay in their file, and the next call sends all of them again.
    pub complete: bool,
}

impl fmt::Display for ReplayReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            replayed,
            repeated,
            damaged,
            complete,
        } = self;
        write!(
            f,
            "replayed {replayed}, repeated {repeated}, damaged {damaged}"
        )?;
        if !complete {
            f.write_str(", not complete")?;
        }
        Ok(())
    }
}

impl Tracker {
    /// Sends the events in a file of dead letters again. This method blocks the thread for up to
    /// about `timeout`. In async code, call it in `spawn_blocking`.
    ///
    /// The events keep their envelope ids and timestamps. They take the same path as all other
    /// events: content policy, `before_send`, batches, retries, and ledger.
    ///
    /// The file is renamed to `FILE.replaying-0`. It is deleted once each of its letters is
    /// delivered, or is rejected again and added to the tracker's own file of dead letters. With a
    /// spool, it is enough that the letters are on disk. If `timeout` passes first, the file stays,
    /// and the next call with `FILE` sends all of its letters again. A letter may then arrive twice
    /// with the same envelope id. Segment keeps only one copy if both arrive within 24 hours.
    ///
    /// If several letters have the same id, a call sends only the first of them. A call remembers
    /// at least the last 500,000 ids. A damaged line, for example one that a crash cut off, is
    /// counted and moved to `FILE.damaged`. The file can have any size, because only one line at a
    /// time is held in memory.
    ///
    /// A letter does not record which of its properties contain text from the conversation. If the
    /// letter was written under a less strict [`Content`](crate::Content) policy than this
    /// tracker's, the tracker's policy is applied to all properties except the ids and the role.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use copilot_track::Tracker;
    ///
    /// let tracker = Tracker::builder()
    ///     .write_key("YOUR_WRITE_KEY")
    ///     .dead_letters("/var/lib/my-copilot/dead-letters.jsonl")
    ///     .build()?;
    /// let file = "/var/lib/my-copilot/dead-letters.jsonl";
    /// let replay = tracker.replay_dead_letters(file, Duration::from_secs(60))?;
    /// println!("{replay}"); // replayed 12, repeated 0, damaged 0
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the file cannot be read or renamed, if another call is replaying it, or
    /// if this tracker has no file of dead letters. The tracker needs that file for letters that
    /// are rejected again. A file that does not exist is treated as empty. A disabled tracker does
    /// not touch the file. On a delivery thread, for example in a hook, this method returns an
    /// error at once and does not touch the file.
    pub fn replay_dead_letters(
        &self,
        file: impl AsRef<Path>,
        timeout: Duration,
    ) -> io::Result<ReplayReport> {
        if !self.is_enabled() {
            return Ok(ReplayReport {
                complete: true,
                ..ReplayReport::default()
            });
        }
        if reentrancy::is_inside() {
            return Err(io::Error::new(
                io::ErrorKind::Deadlock,
                "letters cannot be replayed on a delivery thread, for example in a hook: \
                 call `replay_dead_letters` on another thread",
            ));
        }
        let Some(replay_options) = self.replay_options() else {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "the tracker has no file for letters that are rejected again: call `.dead_letters(file)` \
                 or `.spool(directory)` when you build it",
            ));
        };
        let files = replay_options
            .dead_letters
            .with_file_closed(|| ReplayFiles::claim(file.as_ref()))?;
        let mut run = ReplayRun {
            tracker: self,
            replay_options,
            deadline: Instant::now().checked_add(timeout),
            before: self.ledger(),
            failures: replay_options.dead_letters.write_failures(),
            seen: SeenIds::default(),
            report: ReplayReport::default(),
            pushed: (0, 0),
        };
        for file in files.files() {
            if !run.send_file(file, &files)? {
                return Ok(run.report);
            }
        }
        if run.settle() {
            files.remove()?;
            run.report.complete = true;
        }
        Ok(run.report)
    }
}

/// A call to `replay_dead_letters`.
struct ReplayRun<'a> {
    tracker: &'a Tracker,
    replay_options: &'a ReplayOptions,
    /// `None` if the timeout is too long for an `Instant`.
    deadline: Option<Instant>,
    before: Ledger,
    failures: u64,
    seen: SeenIds,
    report: ReplayReport,
    /// The number of letters that were pushed since the last wait, and their size in bytes.
    pushed: (usize, usize),
}

impl ReplayRun<'_> {
    /// Sends the letters of a file. Returns `false` if the deadline has passed or letters were
    /// lost.
    fn send_file(&mut self, file: &File, files: &ReplayFiles) -> io::Result<bool> {
        let mut letters = DeadLetterReader::new(file);
        while let Some(line) = letters.next_line()? {
            match line {
                Line::Damaged { bytes, ends } => {
                    files.save_damaged(&bytes, ends)?;
                    self.report.damaged += u64::from(ends);
                }
                Line::DeadLetter(letter) if self.seen.insert(&letter.id) => {
                    self.report.repeated += 1;
                }
                Line::DeadLetter(letter) => {
                    self.push(letter);
                    if self.is_full() && !self.settle() {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(true)
    }

    fn push(&mut self, letter: Box<DeadLetter>) {
        let source = self.tracker.id_and_clock();
        let envelope = Envelope {
            // The letter's own id and timestamp later replace these two values.
            id: source.envelope_id(),
            timestamp: source.now(),
            call: ApiCall::DeadLetter(letter),
        };
        self.pushed.0 += 1;
        self.pushed.1 += envelope.size();
        self.tracker.push(0, EventContextRef::NONE, envelope);
        self.report.replayed += 1;
    }

    /// Returns whether it is time to wait for the letters that were pushed. The letters must not
    /// fill the queue, because the application's events need room in it.
    fn is_full(&self) -> bool {
        let options = self.replay_options;
        self.pushed.0 >= MAX_PENDING_LETTERS.min(options.max_queue_events / 4)
            || self.pushed.1 >= options.max_queue_bytes / 4
    }

    /// Waits for the letters that were pushed. Returns `false` if the deadline has passed or
    /// letters were lost.
    fn settle(&mut self) -> bool {
        self.pushed = (0, 0);
        let left = self.deadline.map_or(Duration::MAX, |deadline| {
            deadline.saturating_duration_since(Instant::now())
        });
        let barrier = if self.replay_options.has_spool {
            Barrier::OnDisk
        } else {
            Barrier::Settled
        };
        let Some(Report {
            complete, ledger, ..
        }) = self.tracker.finish_blocking(barrier, left)
        else {
            return false;
        };
        let lost =
            |of: &Ledger| of.dropped.queue_full + of.dropped.shutdown + of.dropped.spool_full;
        complete
            && lost(&ledger) == lost(&self.before)
            && self.replay_options.dead_letters.write_failures() == self.failures
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
