//! The thread that writes.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    command::Command,
    counts::{Counters, save},
    reader_pool::ReaderPool,
    recent::RecentEvents,
    replace,
    write_batch::WriteBatch,
};
use crate::{
    event::model::Event,
    store::{
        error::StoreError,
        lock::lock,
        status::{Capacity, StoreStatus},
        write_errors::{self, WriteErrorSender},
    },
};

/// The most events that one transaction takes, about.
const MAX_BATCH_EVENTS: usize = 5_000;

pub(super) struct Writer {
    /// None after a reset that could not take the file away, or make a new one; it is then opened
    /// or made for what is next asked for.
    pub(super) connection: Option<Connection>,
    pub(super) file: PathBuf,
    pub(super) instance: String,
    pub(super) capacity: Capacity,
    pub(super) counters: Counters,
    pub(super) status: watch::Sender<StoreStatus>,
    pub(super) write_error: WriteErrorSender,
    pub(super) readers: Arc<ReaderPool>,
    pub(super) recent: Arc<Mutex<RecentEvents>>,
}

impl Writer {
    /// Works until nobody can ask any more.
    pub(super) fn run(mut self, commands: &mut mpsc::Receiver<Command>) {
        while let Some(send) = commands.blocking_recv() {
            let mut waiting = Some(send);
            while let Some(send) = waiting.take() {
                match send {
                    Command::Reset(answer) => {
                        // Whoever asked may have gone.
                        let reset = self.reset();
                        self.record_outcome(reset.as_ref().err().map(|error| (message(error), 0)));
                        let _ = answer.send(reset);
                    }
                    Command::Append(events, answer) => {
                        waiting = self.append_batch(events, answer, commands);
                    }
                    #[cfg(test)]
                    Command::Pages(max_events) => {
                        self.connection()
                            .unwrap()
                            .0
                            .pragma_update(None, "max_page_count", max_events)
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
    fn append_batch(
        &mut self,
        events: Vec<Event>,
        answer: oneshot::Sender<Result<StoreStatus, StoreError>>,
        commands: &mut mpsc::Receiver<Command>,
    ) -> Option<Command> {
        let mut together = events;
        let mut answers = vec![answer];
        let mut other = None;
        while together.len() < MAX_BATCH_EVENTS {
            match commands.try_recv() {
                Ok(Command::Append(events, answer)) => {
                    together.extend(events);
                    answers.push(answer);
                }
                Ok(send) => {
                    other = Some(send);
                    break;
                }
                Err(_) => break,
            }
        }
        let many = together.len();
        let written = self.append(together).map_err(|error| message(&error));
        self.record_outcome(written.as_ref().err().map(|error| (error.clone(), many)));
        for answer in answers {
            let _ = answer.send(written.clone().map_err(StoreError::NotWritten));
        }
        other
    }

    fn append(&mut self, events: Vec<Event>) -> Result<StoreStatus, StoreError> {
        let capacity = self.capacity;
        let (connection, before) = self.connection()?;
        let transaction = connection.transaction()?;
        let mut batch = WriteBatch::new(&transaction, before);
        let mut kept = Vec::with_capacity(events.len());
        for event in events {
            kept.push(batch.append(event)?);
        }
        batch.evict(capacity)?;
        let counters = batch.finish()?;
        transaction.commit()?;
        self.counters = counters;
        {
            let mut recent = lock(&self.recent);
            for event in kept {
                recent.push(Arc::new(event));
            }
            recent.forget_before(counters.status().first_seq);
        }
        self.publish_status();
        Ok(counters.status())
    }

    fn reset(&mut self) -> Result<(u64, StoreStatus), StoreError> {
        let deleted = self.counters.events;
        let counters = Counters {
            last_seq: self.counters.last_seq,
            resets: self.counters.resets + 1,
            ..Counters::default()
        };
        match self.delete(&counters) {
            Ok(()) => {
                self.finish_reset(counters);
                // What is deleted stays so, whether or not its room can be had as well.
                if let Err(error) = self.vacuum()
                    && replace::is_disk_full(&error)
                    && let Err(error @ StoreError::NoFile(_)) = self.replace_file(counters, &error)
                {
                    return Err(error);
                }
            }
            Err(error) if replace::is_disk_full(&error) => self.replace_file(counters, &error)?,
            Err(error) => return Err(error),
        }
        Ok((deleted, counters.status()))
    }

    /// Empties the tables.
    fn delete(&mut self, counters: &Counters) -> Result<(), StoreError> {
        let transaction = self.connection()?.0.transaction()?;
        for table in ["events", "conversations", "users"] {
            transaction.execute(&format!("DELETE FROM {table}"), [])?;
        }
        save(&transaction, counters)?;
        Ok(transaction.commit()?)
    }

    /// Gives the disk back what the emptied tables had.
    fn vacuum(&mut self) -> Result<(), StoreError> {
        let readers = Arc::clone(&self.readers);
        let _closed = readers.close();
        let (connection, _) = self.connection()?;
        Ok(connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")?)
    }

    /// Puts an empty file in the place of the one that cannot be written. Those that read see the
    /// one or the other.
    fn replace_file(&mut self, counters: Counters, error: &StoreError) -> Result<(), StoreError> {
        let readers = Arc::clone(&self.readers);
        let _closed = readers.close();
        replace::remove(self.connection.take(), &self.file).map_err(|why| {
            StoreError::NotDeleted {
                error: message(error),
                why,
                file: self.file.display().to_string(),
            }
        })?;
        self.finish_reset(counters);
        match self.connection() {
            Ok(_) => Ok(()),
            Err(error) => Err(StoreError::NoFile(message(&error))),
        }
    }

    fn finish_reset(&mut self, counters: Counters) {
        self.counters = counters;
        lock(&self.recent).clear();
        self.publish_status();
    }

    /// The file, and what is in it.
    fn connection(&mut self) -> Result<(&mut Connection, Counters), StoreError> {
        let connection = if let Some(connection) = self.connection.take() {
            connection
        } else {
            let connection = replace::open(&self.file, &self.instance, self.counters.last_seq)?;
            self.counters = Counters {
                resets: self.counters.resets,
                ..Counters::read(&connection)?
            };
            connection
        };
        Ok((self.connection.insert(connection), self.counters))
    }

    /// Notes whether what was last asked for could be written.
    fn record_outcome(&self, record_failure: Option<(String, usize)>) {
        match record_failure {
            Some((error, events)) => {
                write_errors::record_failure(&self.write_error, &error, events);
            }
            None => write_errors::record_success(&self.write_error),
        }
    }

    pub(super) fn publish_status(&self) {
        self.status.send_replace(self.counters.status());
    }
}

/// What the system says, and no more.
fn message(error: &StoreError) -> String {
    match error {
        StoreError::Database(error) => error.to_string(),
        error => error.to_string(),
    }
}
