//! The writer thread.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    command::Command,
    counters::{Counters, save},
    reader_pool::ReaderPool,
    recent::RecentEvents,
    replace, totals,
    write_batch::WriteBatch,
};
use crate::{
    event::model::Event,
    numbers::totals::Totals,
    store::{
        error::StoreError,
        lock::lock,
        query::NewVerdict,
        status::{Capacity, StoreStatus},
        write_errors::{self, WriteErrorSender},
    },
};

/// Once a transaction has this number of events, no further requests are added to it.
const MAX_BATCH_EVENTS: usize = 5_000;

pub(super) struct Writer {
    /// The connection is `None` if a reset could not remove the file or create a new one. The next
    /// command then opens or creates the file.
    pub(super) connection: Option<Connection>,
    pub(super) file: PathBuf,
    pub(super) instance: String,
    pub(super) capacity: Capacity,
    pub(super) counters: Counters,
    pub(super) totals: Totals,
    pub(super) status: watch::Sender<StoreStatus>,
    pub(super) write_error: WriteErrorSender,
    pub(super) readers: Arc<ReaderPool>,
    pub(super) recent: Arc<Mutex<RecentEvents>>,
}

impl Writer {
    /// Executes commands until all senders are dropped.
    pub(super) fn run(mut self, commands: &mut mpsc::Receiver<Command>) {
        while let Some(command) = commands.blocking_recv() {
            let mut next = Some(command);
            while let Some(command) = next.take() {
                match command {
                    Command::Reset(reply) => {
                        let reset = self.reset();
                        self.record_outcome(reset.as_ref().err().map(|error| (message(error), 0)));
                        // The caller may have dropped its future.
                        let _ = reply.send(reset);
                    }
                    Command::DeleteConversation(id, reply) => {
                        let deleted = self.delete_conversation(&id);
                        self.record_outcome(
                            deleted.as_ref().err().map(|error| (message(error), 0)),
                        );
                        let _ = reply.send(deleted);
                    }
                    Command::Append(events, reply) => {
                        next = self.append_batch(events, reply, commands);
                    }
                    Command::ReplaceVerdicts {
                        after,
                        max_events,
                        new_verdict,
                        reply,
                    } => {
                        let _ = reply.send(self.replace_verdicts(after, max_events, &*new_verdict));
                    }
                    #[cfg(test)]
                    Command::LimitPages(pages) => {
                        self.connection()
                            .unwrap()
                            .0
                            .pragma_update(None, "max_page_count", pages)
                            .unwrap();
                    }
                }
            }
        }
        // Dropping the last connection afterwards removes the log.
        if let Some(connection) = self.connection {
            let _ = connection.pragma_update(None, "optimize", "");
        }
    }

    /// Writes these events and the events of all queued appends in one transaction. Returns the
    /// first queued command that is not an append, if there is one.
    fn append_batch(
        &mut self,
        mut events: Vec<Event>,
        reply: oneshot::Sender<Result<StoreStatus, StoreError>>,
        commands: &mut mpsc::Receiver<Command>,
    ) -> Option<Command> {
        let mut replies = vec![reply];
        let mut other = None;
        while events.len() < MAX_BATCH_EVENTS {
            match commands.try_recv() {
                Ok(Command::Append(more, reply)) => {
                    events.extend(more);
                    replies.push(reply);
                }
                Ok(command) => {
                    other = Some(command);
                    break;
                }
                Err(_) => break,
            }
        }
        let count = events.len();
        let written = self.append(events).map_err(|error| message(&error));
        self.record_outcome(written.as_ref().err().map(|error| (error.clone(), count)));
        for reply in replies {
            let _ = reply.send(written.clone().map_err(StoreError::NotWritten));
        }
        other
    }

    fn append(&mut self, events: Vec<Event>) -> Result<StoreStatus, StoreError> {
        let capacity = self.capacity;
        let (connection, before, totals) = self.connection()?;
        let transaction = connection.transaction()?;
        let mut batch = WriteBatch::new(&transaction, before, totals);
        let mut stored = Vec::with_capacity(events.len());
        for event in events {
            stored.push(batch.append(event)?);
        }
        batch.evict(capacity)?;
        let (counters, totals) = batch.finish()?;
        transaction.commit()?;
        self.counters = counters;
        self.totals = totals;
        {
            let mut recent = lock(&self.recent);
            for event in stored {
                recent.push(Arc::new(event));
            }
            recent.remove_before(counters.status().first_seq);
        }
        self.publish_status();
        Ok(counters.status())
    }

    fn replace_verdicts(
        &mut self,
        after: u64,
        max_events: usize,
        new_verdict: &NewVerdict,
    ) -> Result<Option<u64>, StoreError> {
        let capacity = self.capacity;
        let (connection, before, totals) = self.connection()?;
        let transaction = connection.transaction()?;
        let mut batch = WriteBatch::new(&transaction, before, totals);
        let replaced = batch.replace_verdicts(after, max_events, new_verdict)?;
        if replaced.events.is_empty() {
            return Ok(replaced.last);
        }
        batch.evict(capacity)?;
        let (counters, totals) = batch.finish()?;
        transaction.commit()?;
        self.counters = counters;
        self.totals = totals;
        {
            let mut recent = lock(&self.recent);
            for event in replaced.events {
                recent.replace(Arc::new(event));
            }
            recent.remove_before(counters.status().first_seq);
        }
        self.publish_status();
        Ok(replaced.last)
    }

    /// Deletes a conversation. Its events are overwritten in the file and in the log.
    fn delete_conversation(&mut self, id: &str) -> Result<(u64, StoreStatus), StoreError> {
        let (connection, before, totals) = self.connection()?;
        connection.pragma_update(None, "secure_delete", true)?;
        let transaction = connection.transaction()?;
        let mut batch = WriteBatch::new(&transaction, before, totals);
        let deleted = batch.delete_conversation(id)?;
        let (counters, totals) = batch.finish()?;
        transaction.commit()?;
        // The events are deleted even if a reader keeps the log from being removed.
        let _ = connection
            .execute_batch("PRAGMA secure_delete = FALSE; PRAGMA wal_checkpoint(TRUNCATE)");
        self.counters = counters;
        self.totals = totals;
        lock(&self.recent).clear();
        self.publish_status();
        Ok((deleted, counters.status()))
    }

    fn reset(&mut self) -> Result<(u64, StoreStatus), StoreError> {
        let deleted = self.counters.events;
        let counters = Counters {
            last_seq: self.counters.last_seq,
            first_seq: self.counters.last_seq + 1,
            resets: self.counters.resets + 1,
            ..Counters::default()
        };
        match self.delete(&counters) {
            Ok(()) => {
                self.finish_reset(counters);
                // The events are deleted even if their disk space cannot be freed.
                if let Err(error) = self.vacuum()
                    && replace::is_disk_full(&error)
                    && let Err(error @ StoreError::NotRecreated(_)) =
                        self.replace_file(counters, &error)
                {
                    return Err(error);
                }
            }
            Err(error) if replace::is_disk_full(&error) => self.replace_file(counters, &error)?,
            Err(error) => return Err(error),
        }
        Ok((deleted, counters.status()))
    }

    /// Deletes all rows.
    fn delete(&mut self, counters: &Counters) -> Result<(), StoreError> {
        let transaction = self.connection()?.0.transaction()?;
        for table in ["events", "conversations", "users"] {
            transaction.execute(&format!("DELETE FROM {table}"), [])?;
        }
        save(&transaction, counters)?;
        totals::save(&transaction, &Totals::default())?;
        Ok(transaction.commit()?)
    }

    /// Frees the disk space of deleted rows.
    fn vacuum(&mut self) -> Result<(), StoreError> {
        let readers = Arc::clone(&self.readers);
        let _closed = readers.close();
        let (connection, ..) = self.connection()?;
        Ok(connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")?)
    }

    /// Replaces an unwritable file with an empty one. Readers see either the old file or the new
    /// one.
    fn replace_file(&mut self, counters: Counters, error: &StoreError) -> Result<(), StoreError> {
        let readers = Arc::clone(&self.readers);
        let _closed = readers.close();
        replace::remove(self.connection.take(), &self.file).map_err(|remove_error| {
            StoreError::NotDeleted {
                error: message(error),
                remove_error,
                file: self.file.display().to_string(),
            }
        })?;
        self.finish_reset(counters);
        match self.connection() {
            Ok(_) => Ok(()),
            Err(error) => Err(StoreError::NotRecreated(message(&error))),
        }
    }

    fn finish_reset(&mut self, counters: Counters) {
        self.counters = counters;
        self.totals = Totals::default();
        lock(&self.recent).clear();
        self.publish_status();
    }

    /// Returns the connection, the counters, and the totals. Opens the connection if there is none.
    fn connection(&mut self) -> Result<(&mut Connection, Counters, Totals), StoreError> {
        let connection = if let Some(connection) = self.connection.take() {
            connection
        } else {
            let connection = replace::open(&self.file, &self.instance, self.counters.last_seq)?;
            self.counters = Counters {
                resets: self.counters.resets,
                ..Counters::read(&connection)?
            };
            self.totals = totals::read(&connection)?;
            connection
        };
        let connection = self.connection.insert(connection);
        Ok((connection, self.counters, self.totals.clone()))
    }

    /// Records whether the last command succeeded.
    fn record_outcome(&self, failure: Option<(String, usize)>) {
        match failure {
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

/// Returns the message of the underlying error, without the text that [`StoreError`] adds.
fn message(error: &StoreError) -> String {
    match error {
        StoreError::Database(error) => error.to_string(),
        error => error.to_string(),
    }
}
