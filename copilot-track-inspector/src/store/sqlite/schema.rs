//! The tables of the database.

use std::time::Duration;

use rusqlite::{Connection, config::DbConfig};

use super::{integers::signed, migrate};
use crate::store::error::StoreError;

/// How long a connection waits for a lock that another connection holds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// The number of prepared statements that a connection keeps.
const STATEMENTS: usize = 64;
/// The version of the schema. A file of version 2 or 3 is converted. A file with another version is
/// not opened.
const VERSION: i64 = 4;
/// The size of a page of a new file, in bytes. A page of 4 KiB, which is `SQLite`'s default, holds
/// only about five events, so more pages are allocated and copied. An existing file keeps its page
/// size.
const PAGE_BYTES: i64 = 8_192;
/// The size of the writer's page cache, in KiB. Most pages that change are new ones, so a larger
/// cache does not save time.
const CACHE_KIB: i64 = 8_192;
/// The size of the log, in bytes, at which it is copied into the file. A page that changes often is
/// then copied once instead of many times.
const CHECKPOINT_BYTES: i64 = 32 << 20;

/// An event is stored without the fields that can be computed from its raw JSON. Events refer to
/// conversations and requests by number, because numbers are shorter than ids. `requests.id` is the
/// sequence number of the request's first event.
///
/// `envelopes` and `search_blocks` are indexes that lag behind: `envelopes.rs` and `search_index`
/// describe them.
const TABLES: &str = "
    CREATE TABLE events (
        seq INTEGER PRIMARY KEY,
        conversation INTEGER NOT NULL,
        at INTEGER NOT NULL,
        received_at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        name TEXT,
        bad INTEGER NOT NULL,
        flags INTEGER NOT NULL,
        envelope INTEGER,
        weight INTEGER NOT NULL,
        size INTEGER NOT NULL,
        request INTEGER NOT NULL,
        position INTEGER NOT NULL,
        library TEXT,
        verdict TEXT,
        answer_ms INTEGER,
        raw TEXT NOT NULL
    );
    CREATE INDEX by_conversation ON events (conversation, at, seq);
    CREATE INDEX bad ON events (seq) WHERE bad;
    CREATE TABLE requests (
        id INTEGER PRIMARY KEY,
        facts TEXT NOT NULL,
        context TEXT,
        integrations TEXT
    );
    CREATE TABLE conversations (
        key INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        last_seq INTEGER NOT NULL,
        problems INTEGER NOT NULL,
        ended INTEGER NOT NULL,
        summary TEXT NOT NULL
    );
    CREATE INDEX newest ON conversations (last_seq);
    CREATE TABLE users (
        key TEXT PRIMARY KEY,
        seq INTEGER NOT NULL,
        conversation TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE envelopes (
        hash INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        PRIMARY KEY (hash, seq)
    ) WITHOUT ROWID;
    CREATE TABLE search_blocks (
        last_seq INTEGER PRIMARY KEY,
        first_seq INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        signature BLOB NOT NULL,
        records BLOB NOT NULL
    );
    CREATE TABLE state (
        instance TEXT NOT NULL,
        last_seq INTEGER NOT NULL,
        events INTEGER NOT NULL,
        conversations INTEGER NOT NULL,
        evicted INTEGER NOT NULL,
        bad INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        envelopes_to INTEGER NOT NULL,
        search_version INTEGER NOT NULL
    );
    CREATE TABLE totals (json TEXT NOT NULL);
    INSERT INTO totals VALUES ('{}');
";

/// Configures a connection, for reading or for writing.
pub(super) fn configure(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Without this setting, SQLite prepares some statements again for each new parameter, because
    // the best plan could depend on it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Creates the tables if there are none, and stores the given instance id and last sequence number
/// in the new tables. Returns the instance id that the file contains.
pub(super) fn prepare(
    connection: &Connection,
    instance: &str,
    last_seq: u64,
) -> Result<String, StoreError> {
    configure(connection)?;
    // A file of another program must not be changed, so the format is checked first.
    let format = format(connection)?;
    // This has no effect on an existing file. A new file gets its page size with its log.
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    // With a write-ahead log, readers and the writer do not block each other. With `NORMAL`, a
    // power failure may lose the last transactions, but a crash of the program loses none.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    let checkpoint_pages = CHECKPOINT_BYTES / page_bytes(connection)?;
    connection.pragma_update(None, "wal_autocheckpoint", checkpoint_pages)?;
    match format {
        Format::Current => {}
        Format::Old(version) => {
            let transaction = connection.unchecked_transaction()?;
            migrate::migrate(&transaction, TABLES, version)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
            transaction.commit()?;
        }
        Format::Empty => {
            let transaction = connection.unchecked_transaction()?;
            transaction.execute_batch(TABLES)?;
            transaction.execute(
                "INSERT INTO state VALUES (?, ?, 0, 0, 0, 0, 0, ?, 0)",
                (instance, signed(last_seq), signed(last_seq)),
            )?;
            transaction.pragma_update(None, "user_version", VERSION)?;
            transaction.commit()?;
        }
    }
    Ok(connection.query_row("SELECT instance FROM state", [], |row| row.get(0))?)
}

/// Returns the page size of a file, in bytes. It is a power of two from 512 to 65,536.
fn page_bytes(connection: &Connection) -> Result<i64, rusqlite::Error> {
    connection.pragma_query_value(None, "page_size", |row| row.get(0))
}

/// The format of a file that can be opened.
enum Format {
    Empty,
    /// A previous version, which is converted.
    Old(i64),
    Current,
}

/// Returns the format of a file, which this function does not change.
fn format(connection: &Connection) -> Result<Format, StoreError> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let (tables, own_tables): (i64, i64) = connection.query_row(
        "SELECT count(*), count(*) FILTER (
             WHERE type = 'table' AND name IN ('events', 'conversations', 'users', 'state'))
         FROM sqlite_schema",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    match version {
        0 if tables == 0 => Ok(Format::Empty),
        _ if own_tables < 4 => Err(StoreError::UnknownFile),
        2 | 3 => Ok(Format::Old(version)),
        VERSION => Ok(Format::Current),
        _ if version > VERSION => Err(StoreError::NewerVersion),
        _ => Err(StoreError::UnknownFile),
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::{OptionalExtension as _, StatementStatus};

    use super::*;

    /// Looks up several envelope ids. Returns how often the statement was prepared again.
    fn prepared_again(connection: &Connection) -> i32 {
        connection.execute_batch(TABLES).unwrap();
        let sql = "SELECT seq FROM envelopes WHERE hash = ? ORDER BY seq DESC";
        let mut statement = connection.prepare(sql).unwrap();
        for hash in 0..3 {
            let found = statement.query_row([hash], |row| row.get::<_, i64>(0));
            assert_eq!(found.optional().unwrap(), None);
        }
        statement.get_status(StatementStatus::RePrepare)
    }

    #[test]
    fn the_log_has_the_same_maximum_for_each_page_size() {
        let directory = tempfile::tempdir().unwrap();
        for bytes in [512, 4_096, 65_536] {
            let file = directory.path().join(format!("{bytes}.db"));
            let connection = Connection::open(file).unwrap();
            connection.pragma_update(None, "page_size", bytes).unwrap();
            let wal = connection.pragma_update(None, "journal_mode", "WAL");
            wal.unwrap();
            prepare(&connection, "instance", 0).unwrap();
            assert_eq!(page_bytes(&connection).unwrap(), bytes);
            let pages: i64 = connection
                .pragma_query_value(None, "wal_autocheckpoint", |row| row.get(0))
                .unwrap();
            assert_eq!(pages * bytes, CHECKPOINT_BYTES);
        }
    }

    #[test]
    fn new_parameters_do_not_make_sqlite_prepare_a_statement_again() {
        let unconfigured = Connection::open_in_memory().unwrap();
        assert_ne!(prepared_again(&unconfigured), 0);
        let connection = Connection::open_in_memory().unwrap();
        configure(&connection).unwrap();
        assert_eq!(prepared_again(&connection), 0);
    }
}
