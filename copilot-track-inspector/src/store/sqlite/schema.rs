//! The tables of the database.

use std::time::Duration;

use rusqlite::Connection;

use super::integers::signed;
use crate::store::error::StoreError;

/// How long a connection waits for a lock that another connection holds.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// The version of the schema. A file with another version is not opened.
const VERSION: i64 = 3;

const TABLES: &str = "
    CREATE TABLE events (
        seq INTEGER PRIMARY KEY,
        conversation TEXT NOT NULL,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        name TEXT,
        bad INTEGER NOT NULL,
        envelope TEXT,
        weight INTEGER NOT NULL,
        facts TEXT NOT NULL,
        search TEXT NOT NULL,
        context TEXT,
        integrations TEXT,
        raw TEXT NOT NULL
    );
    CREATE INDEX by_conversation ON events (conversation, at, seq);
    CREATE INDEX by_envelope ON events (envelope) WHERE envelope IS NOT NULL;
    CREATE INDEX bad ON events (seq) WHERE bad;
    CREATE TABLE conversations (
        id TEXT PRIMARY KEY,
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
    CREATE TABLE state (
        instance TEXT NOT NULL,
        last_seq INTEGER NOT NULL,
        events INTEGER NOT NULL,
        conversations INTEGER NOT NULL,
        evicted INTEGER NOT NULL,
        bad INTEGER NOT NULL,
        bytes INTEGER NOT NULL
    );
    CREATE TABLE totals (json TEXT NOT NULL);
    INSERT INTO totals VALUES ('{}');
";

/// Creates the tables if there are none, and stores the given instance id and last sequence number
/// in the new tables. Returns the instance id that the file contains.
pub(super) fn prepare(
    connection: &Connection,
    instance: &str,
    last_seq: u64,
) -> Result<String, StoreError> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // With a write-ahead log, readers and the writer do not block each other. With `NORMAL`, a
    // power failure may lose the last transactions, but a crash of the program loses none.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "cache_size", -32_768)?;
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (version, tables) {
        (VERSION, _) => {}
        (0, 0) => {
            let transaction = connection.unchecked_transaction()?;
            transaction.execute_batch(TABLES)?;
            transaction.execute(
                "INSERT INTO state VALUES (?, ?, 0, 0, 0, 0, 0)",
                (instance, signed(last_seq)),
            )?;
            transaction.pragma_update(None, "user_version", VERSION)?;
            transaction.commit()?;
        }
        _ => return Err(StoreError::UnknownFile),
    }
    Ok(connection.query_row("SELECT instance FROM state", [], |row| row.get(0))?)
}
