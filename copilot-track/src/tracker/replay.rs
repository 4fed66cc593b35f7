//! The replay of dead letters.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::delivery::dead_letters::replay_files::ReplayFiles;
use crate::tracker::replay_report::ReplayReport;
use crate::tracker::replay_run::ReplayRun;
use crate::tracker::replay_thread::run_until;
use crate::tracker::tracker::Tracker;
use crate::util::reentrancy;

impl Tracker {
    /// Sends the events in a file of dead letters again. This method blocks the thread for at most
    /// `timeout` and another second. In async code, call it in `spawn_blocking`.
    ///
    /// The events keep their envelope ids and timestamps. They take the same path as all other
    /// events: content policy, `before_send`, batches, retries, and ledger.
    ///
    /// The file is renamed to `FILE.replaying-0`. It is deleted when none of its letters is left to
    /// send. A letter is removed if it was delivered, if it was rejected again and added to the
    /// tracker's own file of dead letters, or if it is on disk in the spool. A letter that was
    /// dropped before it was sent, for example by a hook, is moved to `FILE.kept`. A damaged line,
    /// for example one that a crash cut off, is moved to `FILE.damaged`. The report counts each of
    /// these outcomes.
    ///
    /// The progress is recorded in `FILE.replaying-0.progress`. If `timeout` passes or the process
    /// is killed, the next call with `FILE` continues where this call ended. At most about 500
    /// letters are then sent again, with the same envelope ids. Segment keeps only one copy of a
    /// letter if both arrive within 24 hours. If the record of the progress is damaged, or if
    /// `FILE.replaying-0` was edited, all letters in it are sent again, a warning is logged, and
    /// [`ReplayReport::restarted`] counts the file.
    ///
    /// If the disk hangs, this method returns its latest report without waiting for the disk. The
    /// files stay locked until the disk responds.
    ///
    /// If several letters have the same id, a call sends only the first of them. A call remembers
    /// at least the last 500,000 ids. The file can have any size, because only one line at a time
    /// is held in memory.
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
        let deadline = Instant::now().checked_add(timeout);
        let (tracker, replay_options) = (Arc::downgrade(&self.inner), replay_options.clone());
        let dropped_before = self.ledger().dropped.shutdown;
        let file = file.as_ref().to_owned();
        run_until(deadline, move |state| {
            let files = ReplayFiles::claim(&file)?;
            let run = ReplayRun::new(tracker, replay_options, deadline, dropped_before, state);
            run.replay(files)
        })
    }
}
