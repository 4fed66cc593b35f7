//! Fills batches from the queue.

use crate::delivery::dead_letters::outcomes::LetterOutcome;
use crate::delivery::worker::deadline::after;
use crate::delivery::worker::replayed_letters::record_if_letter;
use crate::delivery::worker::thread::Worker;

impl Worker {
    /// Encodes one chunk of the backlog. Returns whether more can be encoded now.
    pub(super) fn fill(&mut self) -> bool {
        // Events that cannot be sent yet stay in the backlog, where newer events can replace them.
        if self.chunk.is_empty() && (self.has_room() || !self.is_full()) {
            self.queue.next_chunk(&mut self.chunk);
        }
        let (mut events, mut bytes) = (0, 0);
        let more = loop {
            if self.is_full() {
                if !self.has_room() {
                    break false;
                }
                self.seal();
            }
            let number = self.chunk.first();
            let Some(queued) = self.chunk.pop() else {
                break self.queue.has_backlog();
            };
            let size = queued.size;
            let (encoder, context) = (&mut self.encoder, self.chunk.context(&queued));
            match self
                .open_batch
                .add(|body| encoder.encode(context, &queued.envelope, body))
            {
                Ok(event) => {
                    if event.truncated {
                        self.counters.count_truncated();
                    }
                    if let Some(message) = event.message {
                        self.open_batch.add_message(message);
                    }
                    if self.open_batch.len() == 1 {
                        self.open_batch_first = number;
                        self.open_batch_due = after(self.policy.flush_interval);
                    }
                }
                Err(error) => {
                    self.counters.log_dropped(error.reason, 1, &error.message);
                    record_if_letter(&self.sender, &queued.envelope, LetterOutcome::Dropped);
                    if error.is_too_deep {
                        // Dropping the event could overflow the stack.
                        std::mem::forget(queued.envelope);
                    }
                }
            }
            events += 1;
            bytes += size;
        };
        self.queue.release(events, bytes);
        more
    }
}
