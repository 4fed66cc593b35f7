//! Reads the events of a batch that was set aside from the spool, and sends them.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use crate::delivery::batch::OpenBatch;
use crate::delivery::sending::progress::Progress;
use crate::delivery::worker::deadline::after;
use crate::delivery::worker::fill_from_spool::message_of;
use crate::delivery::worker::in_flight::{Contents, InFlight, WaitingBatch};
use crate::delivery::worker::thread::Worker;
use crate::ledger::drop_reason::DropReason;

/// How long to wait if the disk cannot be read.
const READ_INTERVAL: Duration = Duration::from_secs(5);

impl Worker {
    /// Reads the events of a batch from the spool and sends them as one batch.
    pub(super) fn reload(&mut self, mut waiting: WaitingBatch) {
        let records: Vec<_> = waiting.batch.records.iter().flatten().copied().collect();
        let Some(spool) = &mut self.spool else { return };
        let Some(found) = spool.read_again(&records) else {
            waiting.due = Some(after(READ_INTERVAL));
            self.waiting.push(waiting);
            return;
        };
        let takes_messages = self.sender.transport.takes_messages();
        let mut open = OpenBatch::with_buffer(self.buffers.take());
        let mut kept = Vec::with_capacity(found.len());
        let mut numbers = Vec::with_capacity(found.len());
        let mut found = found.into_iter().peekable();
        let mut damaged = 0;
        for (number, size) in records {
            let Some(record) = found.next_if(|record| record.number == number) else {
                damaged += 1;
                self.remove_from_spool([(number, size)]);
                continue;
            };
            match message_of(&record, takes_messages) {
                Ok(message) => {
                    let _ = open.add(|body| {
                        body.extend_from_slice(&record.json);
                        Ok::<(), Infallible>(())
                    });
                    if let Some(message) = message {
                        open.add_message(message);
                    }
                    kept.push(Some((number, size)));
                    numbers.push(number);
                }
                Err(error) => self.drop_record(&record, &error),
            }
        }
        let cause = "they were damaged on disk";
        self.counters
            .log_dropped(DropReason::Invalid, damaged, cause);
        if kept.is_empty() {
            let batch = waiting.batch.first..waiting.batch.end;
            if let Some(spool) = &mut self.spool {
                spool.remove_retries(&batch);
            }
            return;
        }
        let sealed = open.seal();
        let delivery = match waiting.contents {
            Contents::Spool(batch) => Box::new(batch.restore(sealed, &numbers)),
            Contents::Memory(delivery) => delivery,
        };
        let batch = InFlight {
            progress: Arc::new(Progress::new(kept.len())),
            records: kept,
            ..waiting.batch
        };
        self.spawn(delivery, batch);
    }
}
