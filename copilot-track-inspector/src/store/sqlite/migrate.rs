//! Converts databases of the previous versions.

use std::sync::Arc;

use rusqlite::{Connection, Row};

use super::{
    envelopes,
    event_row::{EventWriter, RowKeys},
    integers::unsigned,
    totals,
};
use crate::{
    conversation::record::ConversationRecord,
    event::{fields::restore, model::Event},
    numbers::totals::Totals,
    store::error::StoreError,
};

/// Creates the current tables, moves all rows to them, and removes the old tables. The caller must
/// run this function in a transaction. `version` is the current version of the file, 2 or 3.
pub(super) fn migrate(
    connection: &Connection,
    tables: &str,
    version: i64,
) -> Result<(), StoreError> {
    if version == 3 {
        connection.execute_batch("ALTER TABLE totals RENAME TO old_totals")?;
    }
    connection.execute_batch(
        "DROP INDEX by_conversation;
         DROP INDEX by_envelope;
         DROP INDEX bad;
         DROP INDEX newest;
         ALTER TABLE events RENAME TO old_events;
         ALTER TABLE conversations RENAME TO old_conversations;
         ALTER TABLE users RENAME TO old_users;
         ALTER TABLE state RENAME TO old_state;",
    )?;
    connection.execute_batch(tables)?;
    connection.execute_batch(
        "INSERT INTO state
             SELECT instance, last_seq, events, conversations, evicted, bad, bytes, 0, 0 FROM old_state;
         INSERT INTO users SELECT key, seq, conversation FROM old_users;
         INSERT INTO conversations (id, last_seq, problems, ended, summary)
             SELECT id, last_seq, problems, ended, summary FROM old_conversations ORDER BY last_seq;",
    )?;
    let totals = move_events(connection)?;
    if version == 3 {
        connection.execute_batch(
            "UPDATE totals SET json = (SELECT json FROM old_totals);
             DROP TABLE old_totals;",
        )?;
    } else {
        totals::save(connection, &totals)?;
    }
    Ok(connection.execute_batch(
        "DROP TABLE old_events;
         DROP TABLE old_conversations;
         DROP TABLE old_users;
         DROP TABLE old_state;",
    )?)
}

/// Moves the events, and returns their totals.
fn move_events(connection: &Connection) -> Result<Totals, StoreError> {
    let mut totals = Totals::default();
    let mut select = connection.prepare("SELECT summary FROM old_conversations")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let summary = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
        let record: ConversationRecord = serde_json::from_str(summary)?;
        totals.change_conversation(None, record.message_count());
    }
    let mut select = connection.prepare(
        "SELECT facts, context, integrations, raw, conversations.key, weight
         FROM old_events JOIN conversations ON conversations.id = old_events.conversation ORDER BY seq",
    )?;
    let mut rows = select.query([])?;
    let mut writer = EventWriter::new(connection)?;
    while let Some(row) = rows.next()? {
        let event = event(row)?;
        let keys = RowKeys {
            conversation: row.get(4)?,
            envelope: event.envelope_id.as_deref().map(envelopes::hash),
            memory_bytes: unsigned(row.get(5)?),
        };
        writer.insert(&event, &keys)?;
        totals.add(&event);
    }
    Ok(totals)
}

/// Reads an event from a row of the previous version.
fn event(row: &Row<'_>) -> Result<Event, StoreError> {
    let facts = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
    let mut event: Event = serde_json::from_str(facts)?;
    let (context, integrations): (Option<String>, Option<String>) = (row.get(1)?, row.get(2)?);
    if context.is_some() || integrations.is_some() {
        let request = Arc::make_mut(&mut event.delivery.request);
        request.batch_context = context;
        request.batch_integrations = integrations;
    }
    event.raw = row.get::<_, String>(3)?.into();
    restore(&mut event);
    Ok(event)
}
