//! Dead letters are sent again.

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
use crate::delivery::worker::barrier::Barrier;
use crate::ledger::counts::Ledger;
use crate::ledger::report::Report;
use crate::tracker::handle::Tracker;
use crate::tracker::replay_options::ReplayOptions;

/// So many letters are on their way at a time, at most.
const MAX_PENDING_LETTERS: usize = 500;
/// Ids of so many letters, and of as many before them, are remembered.
const MAX_REMEMBERED_IDS: usize = 500_000;

/// What [`Tracker::replay_dead_letters`] has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
#[must_use = "a report tells whether anything was left behind"]
pub struct ReplayReport {
    /// Letters that were sent again. Their fate is in the ledger, where they count as emitted anew.
    pub replayed: u64,
    /// Letters that were skipped, since one with the same envelope id came before.
    pub repeated: u64,
    /// Lines that are no letters. They are now in `FILE.damaged`.
    pub damaged: u64,
    /// Whether all letters were sent: delivered, rejected again and so in the file again, or, with
    /// a spool, on disk. Else they are where they were, and the next call sends all of them again.
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
    /// Sends the events of a file of dead letters again, with the envelope ids and timestamps that
    /// they have, on the path of every event: content policy, `before_send`, batches, retries,
    /// ledger. Blocks this thread for up to about `timeout`; in async code, call it in
    /// `spawn_blocking`.
    ///
    /// The file is taken: it is renamed to `FILE.replaying-0`, and deleted when all of its letters
    /// have been delivered, or have been rejected again and so been added to the tracker's file of
    /// dead letters. With a spool it is enough that the spool has them on disk. If that does not
    /// come about in time it stays, and the next call on `FILE` sends it again: a letter may then
    /// arrive twice, under the same envelope id, of which Segment keeps one. Letters of which the
    /// endpoint may have forgotten the id (Segment remembers 24 hours) are better not sent twice.
    ///
    /// Of letters with the same id only the first is sent in one call (among the last half a
    /// million). A line that is damaged, or was cut by a crash, is counted and kept in
    /// `FILE.damaged`. One line at a time is in memory, so files may be of any size. A letter that
    /// was written under a laxer [`Content`](crate::Content) than the tracker has now does not tell
    /// which of its properties hold what was said: the policy is applied to all of them but the ids
    /// and the role.
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
    /// When the file cannot be read or renamed, when another call replays it, or when this tracker
    /// has no file of dead letters itself, in which those that are rejected again would be kept. A
    /// file that does not exist has no letters. A disabled tracker leaves the file alone.
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
        let Some(replay_options) = self.replay_options() else {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "letters that are rejected again would be lost: call `.dead_letters(file)` or \
                 `.spool(directory)` when the tracker is built",
            ));
        };
        let aside = replay_options
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
        for file in aside.files() {
            if !run.file(file, &aside)? {
                return Ok(run.report);
            }
        }
        if run.settle() {
            aside.remove()?;
            run.report.complete = true;
        }
        Ok(run.report)
    }
}

/// One call.
struct ReplayRun<'a> {
    tracker: &'a Tracker,
    replay_options: &'a ReplayOptions,
    /// `None` is so far off that it never comes.
    deadline: Option<Instant>,
    before: Ledger,
    failures: u64,
    seen: SeenIds,
    report: ReplayReport,
    /// Letters whose fate is not known, and their bytes.
    pushed: (usize, usize),
}

impl ReplayRun<'_> {
    /// Says whether all of the file is on its way.
    fn file(&mut self, file: &File, aside: &ReplayFiles) -> io::Result<bool> {
        let mut letters = DeadLetterReader::new(file);
        while let Some(line) = letters.next_line()? {
            match line {
                Line::Damaged { bytes, ends } => {
                    aside.save_damaged(&bytes, ends)?;
                    self.report.damaged += u64::from(ends);
                }
                Line::DeadLetter(letter) if self.seen.has(&letter.id) => self.report.repeated += 1,
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
            // The letter's own stand in its place.
            id: source.envelope_id(),
            timestamp: source.now(),
            call: ApiCall::DeadLetter(letter),
        };
        self.pushed.0 += 1;
        self.pushed.1 += envelope.size();
        self.tracker.push(0, EventContextRef::NONE, envelope);
        self.report.replayed += 1;
    }

    /// Whether so many are on their way that it is time to wait for them: the queue is never
    /// filled, as its overflow is for what the application emits.
    fn is_full(&self) -> bool {
        let options = self.replay_options;
        self.pushed.0 >= MAX_PENDING_LETTERS.min(options.max_queue_events / 4)
            || self.pushed.1 >= options.max_queue_bytes / 4
    }

    /// Waits for what is on its way. Says whether none of it is lost.
    fn settle(&mut self) -> bool {
        self.pushed = (0, 0);
        let left = self.deadline.map_or(Duration::MAX, |deadline| {
            deadline.saturating_duration_since(Instant::now())
        });
        let goal = if self.replay_options.has_spool {
            Barrier::OnDisk
        } else {
            Barrier::Settled
        };
        let Some(Report {
            complete, ledger, ..
        }) = self.tracker.finish_blocking(goal, left)
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

/// Which letters came before; bounded, whatever the file's size.
#[derive(Default)]
struct SeenIds {
    now: HashSet<u128>,
    earlier: HashSet<u128>,
    keys: [RandomState; 2],
}

impl SeenIds {
    /// Whether it came before; from now on it did.
    fn has(&mut self, id: &str) -> bool {
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
