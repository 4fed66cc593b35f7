//! The writer thread.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

use tokio::sync::{
    mpsc::{self, error::TryRecvError},
    oneshot, watch,
};

use super::{
    command::Command,
    counters::{Counters, save},
    envelopes::Envelopes,
    open_database::OpenDatabase,
    reader_pool::ReaderPool,
    recent::RecentEvents,
    replace,
    search_index::status::IndexStatus,
    totals,
    write_batch::{WriteBatch, Written},
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
/// The tables from which a reset deletes all rows.
const TABLES: [&str; 6] = [
    "events",
    "requests",
    "conversations",
    "users",
    "envelopes",
    "search_blocks",
];

pub(super) struct Writer {
    /// The database is `None` if a reset could not remove the file or create a new one. The next
    /// command then opens or creates the file.
    pub(super) database: Option<OpenDatabase>,
    pub(super) index: Arc<IndexStatus>,
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
        while let Some(command) = self.next_command(commands) {
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
                    Command::RebuildIndex => {
                        // After an error, searches find damaged blocks again.
                        let _ = self.rebuild_index();
                    }
                    #[cfg(test)]
                    Command::LimitPages(pages) => {
                        self.database()
                            .unwrap()
                            .0
                            .connection
                            .pragma_update(None, "max_page_count", pages)
                            .unwrap();
                    }
                }
            }
        }
        // Dropping the last connection afterwards removes the log.
        if let Some(database) = self.database {
            let _ = database.connection.pragma_update(None, "optimize", "");
        }
    }

    /// Waits for a command. If events are missing in the search index, adds some before each
    /// command and while no command is waiting. Returns `None` when all senders are dropped.
    fn next_command(&mut self, commands: &mut mpsc::Receiver<Command>) -> Option<Command> {
        while let Some(database) = &mut self.database
            && database.indexer.lags(&self.counters)
        {
            database.catch_up(&self.counters);
            match commands.try_recv() {
                Ok(command) => return Some(command),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => {}
            }
        }
        commands.blocking_recv()
    }

    fn rebuild_index(&mut self) -> Result<(), StoreError> {
        let (database, ..) = self.database()?;
        database.indexer.rebuild(&database.connection)
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
        let (database, before, totals) = self.database()?;
        let (stored, written) = in_transaction(database, before, totals, capacity, |batch| {
            let events = events.into_iter().map(|event| batch.append(event));
            events.collect::<Result<Vec<_>, _>>()
        })?;
        let counters = self.set_written(written);
        {
            let mut recent = lock(&self.recent);
            // Only receivers of the status read the newest events.
            if self.status.receiver_count() > 0 {
                for event in stored {
                    recent.push(Arc::new(event));
                }
                recent.remove_before(counters.status().first_seq);
            } else {
                recent.clear();
            }
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
        let (database, before, totals) = self.database()?;
        let (replaced, written) = in_transaction(database, before, totals, capacity, |batch| {
            batch.replace_verdicts(after, max_events, new_verdict)
        })?;
        let counters = self.set_written(written);
        if replaced.events.is_empty() {
            return Ok(replaced.last);
        }
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
        let capacity = self.capacity;
        let (database, before, totals) = self.database()?;
        database
            .connection
            .pragma_update(None, "secure_delete", true)?;
        let deleted = in_transaction(database, before, totals, capacity, |batch| {
            batch.delete_conversation(id)
        });
        // The events are deleted even if a reader keeps the log from being removed.
        let _ = database
            .connection
            .execute_batch("PRAGMA secure_delete = FALSE; PRAGMA wal_checkpoint(TRUNCATE)");
        let (deleted, written) = deleted?;
        let counters = self.set_written(written);
        lock(&self.recent).clear();
        self.publish_status();
        Ok((deleted, counters.status()))
    }

    /// Updates the state after a transaction, and returns the counters.
    fn set_written(&mut self, (counters, totals): (Counters, Totals)) -> Counters {
        self.counters = counters;
        self.totals = totals;
        counters
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
        let (database, ..) = self.database()?;
        let transaction = database.connection.transaction()?;
        for table in TABLES {
            transaction.execute(&format!("DELETE FROM {table}"), [])?;
        }
        save(&transaction, counters)?;
        totals::save(&transaction, &Totals::default())?;
        transaction.commit()?;
        database.envelopes = Envelopes::default();
        database.roll_back();
        Ok(())
    }

    /// Frees the disk space of deleted rows.
    fn vacuum(&mut self) -> Result<(), StoreError> {
        let readers = Arc::clone(&self.readers);
        let _closed = readers.close();
        let (database, ..) = self.database()?;
        Ok(database
            .connection
            .execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")?)
    }

    /// Replaces an unwritable file with an empty one. Readers see either the old file or the new
    /// one.
    fn replace_file(&mut self, counters: Counters, error: &StoreError) -> Result<(), StoreError> {
        let readers = Arc::clone(&self.readers);
        let _closed = readers.close();
        let connection = self.database.take().map(|database| database.connection);
        replace::remove(connection, &self.file).map_err(|remove_error| StoreError::NotDeleted {
            error: message(error),
            remove_error,
            file: self.file.display().to_string(),
        })?;
        self.finish_reset(counters);
        match self.database() {
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

    /// Returns the database, the counters, and the totals. Opens the database if it is not open.
    fn database(&mut self) -> Result<(&mut OpenDatabase, Counters, Totals), StoreError> {
        let database = if let Some(database) = self.database.take() {
            database
        } else {
            let connection = replace::open(&self.file, &self.instance, self.counters.last_seq)?;
            self.counters = Counters {
                resets: self.counters.resets,
                ..Counters::read(&connection)?
            };
            self.totals = totals::read(&connection)?;
            OpenDatabase::new(connection, Arc::clone(&self.index), &self.counters)?
        };
        let database = self.database.insert(database);
        Ok((database, self.counters, self.totals.clone()))
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

/// Runs `write` in a transaction, and then evicts the oldest events. Returns the result of `write`
/// the new counters, and the new totals.
fn in_transaction<T>(
    database: &mut OpenDatabase,
    before: Counters,
    totals: Totals,
    capacity: Capacity,
    write: impl FnOnce(&mut WriteBatch<'_>) -> Result<T, StoreError>,
) -> Result<(T, (Counters, Totals)), StoreError> {
    let result = run(database, before, totals, capacity, write);
    if result.is_err() {
        database.roll_back();
    }
    result
}

fn run<T>(
    database: &mut OpenDatabase,
    before: Counters,
    totals: Totals,
    capacity: Capacity,
    write: impl FnOnce(&mut WriteBatch<'_>) -> Result<T, StoreError>,
) -> Result<(T, (Counters, Totals)), StoreError> {
    let OpenDatabase {
        connection,
        envelopes,
        indexer,
    } = database;
    let transaction = connection.transaction()?;
    let written_envelopes = envelopes.write(&transaction, before.first_seq)?;
    let mut batch = WriteBatch::new(&transaction, before, totals, envelopes, indexer)?;
    let result = write(&mut batch)?;
    batch.evict(capacity)?;
    let Written {
        counters,
        totals,
        added_envelopes,
    } = batch.finish()?;
    transaction.commit()?;
    indexer.commit();
    let evicted = counters.evicted - before.evicted;
    envelopes.commit(written_envelopes, added_envelopes, evicted);
    Ok((result, (counters, totals)))
}

/// Returns the message of the underlying error, without the text that [`StoreError`] adds.
fn message(error: &StoreError) -> String {
    match error {
        StoreError::Database(error) => error.to_string(),
        error => error.to_string(),
    }
}
