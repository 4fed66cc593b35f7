//! The thread that writes.

use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    Ask, Recent,
    batch::{Batch, Count, save},
    guard,
};
use crate::{
    event::Event,
    store::{
        Capacity, Status, StoreError,
        trouble::{self, Told},
    },
};

/// The most events that one transaction takes, about.
const TOGETHER: usize = 5_000;

pub(super) struct Writer {
    connection: Connection,
    capacity: Capacity,
    count: Count,
    status: watch::Sender<Status>,
    trouble: Told,
    recent: Arc<Mutex<Recent>>,
}

impl Writer {
    pub(super) fn open(
        connection: Connection,
        capacity: Capacity,
        status: watch::Sender<Status>,
        trouble: Told,
        recent: Arc<Mutex<Recent>>,
    ) -> Result<Self, StoreError> {
        let count = Count::read(&connection)?;
        Ok(Self {
            connection,
            capacity,
            count,
            status,
            trouble,
            recent,
        })
    }

    /// Works until nobody can ask any more.
    pub(super) fn run(mut self, asked: &mut mpsc::Receiver<Ask>) {
        while let Some(ask) = asked.blocking_recv() {
            let mut waiting = Some(ask);
            while let Some(ask) = waiting.take() {
                match ask {
                    Ask::Reset(answer) => {
                        // Whoever asked may have gone.
                        let reset = self.reset();
                        self.note(reset.as_ref().err().map(|error| (plain(error), 0)));
                        let _ = answer.send(reset);
                    }
                    Ask::Append(events, answer) => {
                        waiting = self.gather(events, answer, asked);
                    }
                    #[cfg(test)]
                    Ask::Pages(most) => {
                        self.connection
                            .pragma_update(None, "max_page_count", most)
                            .unwrap();
                    }
                }
            }
        }
        // A file that is closed tidily has no log beside it.
        let _ = self.connection.pragma_update(None, "optimize", "");
    }

    /// Writes what waits in one transaction. Gives back what is no append.
    fn gather(
        &mut self,
        events: Vec<Event>,
        answer: oneshot::Sender<Result<Status, StoreError>>,
        asked: &mut mpsc::Receiver<Ask>,
    ) -> Option<Ask> {
        let mut together = events;
        let mut answers = vec![answer];
        let mut other = None;
        while together.len() < TOGETHER {
            match asked.try_recv() {
                Ok(Ask::Append(events, answer)) => {
                    together.extend(events);
                    answers.push(answer);
                }
                Ok(ask) => {
                    other = Some(ask);
                    break;
                }
                Err(_) => break,
            }
        }
        let many = together.len();
        let written = self.append(together).map_err(|error| plain(&error));
        self.note(written.as_ref().err().map(|error| (error.clone(), many)));
        for answer in answers {
            let _ = answer.send(written.clone().map_err(StoreError::NotWritten));
        }
        other
    }

    fn append(&mut self, events: Vec<Event>) -> Result<Status, StoreError> {
        let transaction = self.connection.transaction()?;
        let mut batch = Batch::new(&transaction, self.count);
        let mut kept = Vec::with_capacity(events.len());
        for event in events {
            kept.push(batch.append(event)?);
        }
        batch.make_room(self.capacity)?;
        let count = batch.finish()?;
        transaction.commit()?;
        self.count = count;
        {
            let mut recent = guard(&self.recent);
            for event in kept {
                recent.push(Arc::new(event));
            }
            recent.forget_before(count.status().first_seq);
        }
        self.tell();
        Ok(count.status())
    }

    fn reset(&mut self) -> Result<(u64, Status), StoreError> {
        let transaction = self.connection.transaction()?;
        for table in ["events", "conversations", "users"] {
            transaction.execute(&format!("DELETE FROM {table}"), [])?;
        }
        let count = Count {
            last_seq: self.count.last_seq,
            resets: self.count.resets + 1,
            ..Count::default()
        };
        save(&transaction, &count)?;
        transaction.commit()?;
        let deleted = self.count.events;
        self.count = count;
        guard(&self.recent).clear();
        self.tell();
        Ok((deleted, count.status()))
    }

    /// Notes whether what was last asked for could be written.
    fn note(&self, failed: Option<(String, usize)>) {
        match failed {
            Some((error, events)) => trouble::failed(&self.trouble, &error, events),
            None => trouble::over(&self.trouble),
        }
    }

    pub(super) fn tell(&self) {
        self.status.send_replace(self.count.status());
    }
}

/// What the system says, and no more.
fn plain(error: &StoreError) -> String {
    match error {
        StoreError::Database(error) => error.to_string(),
        error => error.to_string(),
    }
}
