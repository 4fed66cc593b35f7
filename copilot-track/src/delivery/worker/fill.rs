//! Batches are filled from the queue.

use crate::delivery::worker::deadline::after;
use crate::delivery::worker::thread::Worker;

impl Worker {
    /// Makes JSON of a stretch of the backlog. Says whether there is more that can be done now.
    pub(super) fn fill(&mut self) -> bool {
        // What cannot go on yet stays where it can make room for newer events.
        if self.stretch.is_empty() && (self.has_room() || !self.is_full()) {
            self.queue.pull(&mut self.stretch);
        }
        let (mut events, mut bytes) = (0, 0);
        let more = loop {
            if self.is_full() {
                if !self.has_room() {
                    break false;
                }
                self.seal();
            }
            let number = self.stretch.first();
            let Some(queued) = self.stretch.pop() else {
                break self.queue.has_backlog();
            };
            let encoder = &mut self.encoder;
            let (about, envelope) = (self.stretch.about(&queued), &queued.envelope);
            match self.open.add(|body| encoder.encode(about, envelope, body)) {
                Ok(made) => {
                    if made.cut {
                        self.counters.truncated();
                    }
                    if self.open.len() == 1 {
                        self.open_first = number;
                        self.open_due = after(self.pace.flush_interval);
                    }
                }
                Err(refusal) => self.counters.lost(refusal.reason, 1, &refusal.why),
            }
            events += 1;
            bytes += queued.size;
        };
        self.queue.release(events, bytes);
        more
    }
}
