//! The way by the disk: events are staged in the spool, and batches are filled from it.

use std::convert::Infallible;
use std::sync::atomic::Ordering;

use crate::delivery::batch::OpenBatch;
use crate::delivery::spool::{DiskQueue, Record};
use crate::delivery::worker::barrier::Goal;
use crate::delivery::worker::deadline::after;
use crate::delivery::worker::thread::{STRETCH, Worker};
use crate::ledger::drop_reason::DropReason;

impl Worker {
    /// The same by way of the disk. What cannot be sent now does not stay in memory.
    pub(super) fn fill_through_spool(&mut self) -> bool {
        self.stage(STRETCH);
        self.aim();
        let wanted = self.is_wanted(Goal::OnDisk);
        let mut more = false;
        for _ in 0..STRETCH {
            if self.is_full() {
                if !self.has_room() {
                    break;
                }
                self.seal();
            }
            let Some(next) = self.spool.as_mut().and_then(DiskQueue::take) else {
                break;
            };
            if self.open.is_empty() {
                self.open_first = next.number;
                self.open_due = after(self.pace.flush_interval);
            }
            let _ = self.open.add(|body| {
                body.extend_from_slice(&next.json);
                Ok::<(), Infallible>(())
            });
            self.open_kept.push((next.number, next.size));
            more = true;
        }
        let staging =
            self.queue.has_backlog() && self.spool.as_ref().is_some_and(DiskQueue::is_open);
        if let Some(spool) = &mut self.spool {
            let damaged = spool.take_damaged();
            if damaged > 0 {
                let why = "they were damaged on disk";
                self.counters.lost(DropReason::Invalid, damaged, why);
            }
            // A pause is the time to write; else the interval says when.
            spool.commit_if_due(wanted, !staging);
            if spool.is_roomy() {
                self.spool_losses.end();
            }
            // Whoever waits for the disk to make room need not wait for one that takes nothing.
            self.queue.expect_room(!spool.is_stuck());
        }
        more || staging
    }

    /// Makes JSON of up to `count` events and adds them to the spool.
    pub(super) fn stage(&mut self, count: usize) {
        let Some(spool) = &mut self.spool else { return };
        if !spool.is_open() {
            return;
        }
        for _ in 0..count {
            if self.stretch.is_empty() && !self.queue.pull(&mut self.stretch) {
                break;
            }
            let Some(queued) = self.stretch.pop() else {
                break;
            };
            let mut json = Vec::new();
            let about = self.stretch.about(&queued);
            match self.encoder.encode(about, &queued.envelope, &mut json) {
                Ok(made) => {
                    if made.cut {
                        self.counters.truncated();
                    }
                    if spool.has_room(json.len()) {
                        spool.add(Record {
                            content: made.content,
                            said: self.encoder.said.clone(),
                            json: json.into(),
                        });
                    } else {
                        self.spool_losses.count();
                    }
                }
                Err(refusal) => self.counters.lost(refusal.reason, 1, &refusal.why),
            }
            self.queue.release(1, queued.size);
        }
    }

    /// Tells those who wait what they wait for, once their events have come to the spool.
    pub(super) fn aim(&mut self) {
        let encoded = self.encoded();
        let Some(spool) = &self.spool else { return };
        for waiter in &mut self.waiters {
            if waiter.target.is_none() && waiter.upto <= encoded {
                waiter.target = Some(spool.next_number());
            }
        }
    }

    pub(super) fn is_wanted(&self, goal: Goal) -> bool {
        let mut waiters = self.waiters.iter();
        waiters.any(|waiter| waiter.request.goal == goal)
    }

    /// Events whose fate is known leave the disk.
    pub(super) fn forget(&mut self, settled: &[(u64, usize)]) {
        if let Some(spool) = &mut self.spool {
            for &(number, size) in settled {
                spool.remove(number, size);
            }
        }
    }

    pub(super) fn leave_on_disk(&mut self) {
        if let Some(spool) = &mut self.spool
            && !spool.is_open()
        {
            // Writing makes room for what is not even staged.
            spool.commit();
        }
        self.stage(usize::MAX);
        self.sending.abort_all();
        for (_, batch) in std::mem::take(&mut self.in_flight) {
            let remaining = usize::try_from(batch.remaining.load(Ordering::Relaxed));
            let settled = batch.kept.len() - remaining.unwrap_or_default().min(batch.kept.len());
            self.forget(batch.kept.get(..settled).unwrap_or_default());
        }
        self.open = OpenBatch::default();
        self.open_kept.clear();
        let Some(mut spool) = self.spool.take() else {
            return;
        };
        spool.commit();
        // What the disk does not take is lost, and so is what was not even staged.
        let mut events = spool.unwritten() + self.stretch.len() as u64;
        while self.queue.pull(&mut self.stretch) {
            events += self.stretch.len() as u64;
        }
        if events > 0 {
            let why = "they could not be written to the spool before the tracker was shut down";
            self.counters.lost(DropReason::Shutdown, events, why);
        }
    }
}
