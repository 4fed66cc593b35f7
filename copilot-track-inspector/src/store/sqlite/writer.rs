//! The thread that writes.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    batch::Batch,
    command::Ask,
    counts::{Count, save},
    reader_pool::Readers,
    recent::Recent,
    replace,
};
use crate::{
    event::model::Event,
    store::{
        error::StoreError,
        lock::lock,
        status::{Capacity, Status},
        write_errors::{self, Told},
    },
};

/// The most events that one transaction takes, about.
const TOGETHER: usize = 5_000;

pub(super) struct Writer {
    /// None after a reset that could not take the file away, or make a new one; it is then opened
    /// or made for what is next asked for.
    pub(super) connection: Option<Connection>,
    pub(super) file: PathBuf,
    pub(super) instance: String,
    pub(super) capacity: Capacity,
    pub(super) count: Count,
    pub(super) status: watch::Sender<Status>,
    pub(super) trouble: Told,
    pub(super) readers: Arc<Readers>,
    pub(super) recent: Arc<Mutex<Recent>>,
}

impl Writer {
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
                        self.connection()
                            .unwrap()
                            .0
                            .pragma_update(None, "max_page_count", most)
                            .unwrap();
                    }
                }
            }
        }
        // A file that is closed tidily has no log beside it.
        if let Some(connection) = self.connection {
            let _ = connection.pragma_update(None, "optimize", "");
        }
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
        let capacity = self.capacity;
        let (connection, before) = self.connection()?;
        let transaction = connection.transaction()?;
        let mut batch = Batch::new(&transaction, before);
        let mut kept = Vec::with_capacity(events.len());
        for event in events {
            kept.push(batch.append(event)?);
        }
        batch.make_room(capacity)?;
        let count = batch.finish()?;
        transaction.commit()?;
        self.count = count;
        {
            let mut recent = lock(&self.recent);
            for event in kept {
                recent.push(Arc::new(event));
            }
            recent.forget_before(count.status().first_seq);
        }
        self.tell();
        Ok(count.status())
    }

    fn reset(&mut self) -> Result<(u64, Status), StoreError> {
        let deleted = self.count.events;
        let count = Count {
            last_seq: self.count.last_seq,
            resets: self.count.resets + 1,
            ..Count::default()
        };
        match self.delete(&count) {
            Ok(()) => {
                self.emptied(count);
                // What is deleted stays so, whether or not its room can be had as well.
                if let Err(error) = self.shrink()
                    && replace::is_for_want_of_room(&error)
                    && let Err(error @ StoreError::NoFile(_)) = self.exchange(count, &error)
                {
                    return Err(error);
                }
            }
            Err(error) if replace::is_for_want_of_room(&error) => self.exchange(count, &error)?,
            Err(error) => return Err(error),
        }
        Ok((deleted, count.status()))
    }

    /// Empties the tables.
    fn delete(&mut self, count: &Count) -> Result<(), StoreError> {
        let transaction = self.connection()?.0.transaction()?;
        for table in ["events", "conversations", "users"] {
            transaction.execute(&format!("DELETE FROM {table}"), [])?;
        }
        save(&transaction, count)?;
        Ok(transaction.commit()?)
    }

    /// Gives the disk back what the emptied tables had.
    fn shrink(&mut self) -> Result<(), StoreError> {
        let readers = Arc::clone(&self.readers);
        let _closed = readers.close();
        let (connection, _) = self.connection()?;
        Ok(connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")?)
    }

    /// Puts an empty file in the place of the one that cannot be written. Those that read see the
    /// one or the other.
    fn exchange(&mut self, count: Count, error: &StoreError) -> Result<(), StoreError> {
        let readers = Arc::clone(&self.readers);
        let _closed = readers.close();
        replace::remove(self.connection.take(), &self.file).map_err(|why| {
            StoreError::NotDeleted {
                error: plain(error),
                why,
                file: self.file.display().to_string(),
            }
        })?;
        self.emptied(count);
        match self.connection() {
            Ok(_) => Ok(()),
            Err(error) => Err(StoreError::NoFile(plain(&error))),
        }
    }

    fn emptied(&mut self, count: Count) {
        self.count = count;
        lock(&self.recent).clear();
        self.tell();
    }

    /// The file, and what is in it.
    fn connection(&mut self) -> Result<(&mut Connection, Count), StoreError> {
        let connection = if let Some(connection) = self.connection.take() {
            connection
        } else {
            let connection = replace::open(&self.file, &self.instance, self.count.last_seq)?;
            self.count = Count {
                resets: self.count.resets,
                ..Count::read(&connection)?
            };
            connection
        };
        Ok((self.connection.insert(connection), self.count))
    }

    /// Notes whether what was last asked for could be written.
    fn note(&self, failed: Option<(String, usize)>) {
        match failed {
            Some((error, events)) => write_errors::failed(&self.trouble, &error, events),
            None => write_errors::over(&self.trouble),
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
