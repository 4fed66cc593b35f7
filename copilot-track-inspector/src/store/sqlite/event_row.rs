//! Events as rows of the `events` and `requests` tables.

use std::{cell::RefCell, sync::Arc};

use rusqlite::{CachedStatement, Connection, Row, params};

use super::integers::{signed, unsigned};
use crate::{
    event::{
        fields::event_from_raw,
        model::{DeliveryRequest, Event},
    },
    store::error::StoreError,
    timestamp::Timestamp,
    verdict::findings::Verdict,
};

/// The columns from which [`EventReader::event`] reads an event.
pub(super) const EVENT_COLUMNS: &str = "seq, at, received_at, kind, flags, size, request, position, library, verdict, raw, \
     CASE WHEN flags & 2 THEN (SELECT id FROM conversations WHERE key = events.conversation) END, \
     answer_ms";
/// The number of these columns, which is the index of the next column of a query.
pub(super) const EVENT_COLUMN_COUNT: usize = 13;
/// The index of the request's id among these columns.
pub(super) const REQUEST_COLUMN: usize = 6;

/// The flag of events that are late.
const LATE: i64 = 1;
/// The flag of events whose conversation is inferred.
const INFERRED: i64 = 2;

/// Reads events. Events of the same request share it.
pub(super) struct EventReader<'a> {
    connection: &'a Connection,
    last_request: RefCell<Option<(i64, Arc<DeliveryRequest>)>>,
}

impl<'a> EventReader<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Self {
            connection,
            last_request: RefCell::default(),
        }
    }

    /// Reads an event from a row of [`EVENT_COLUMNS`].
    pub(super) fn event(&self, row: &Row<'_>) -> Result<Event, StoreError> {
        let request = self.request(row.get(REQUEST_COLUMN)?)?;
        let received_at = Timestamp(row.get(2)?);
        let kind = row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?;
        let raw: String = row.get(10)?;
        let mut event = event_from_raw(kind.into(), raw.into(), received_at, &request);
        event.seq = unsigned(row.get(0)?);
        event.occurred_at = Timestamp(row.get(1)?);
        let flags: i64 = row.get(4)?;
        event.late = flags & LATE != 0;
        event.conversation_inferred = flags & INFERRED != 0;
        if event.conversation_inferred {
            event.conversation_id = row.get::<_, Option<String>>(11)?.map(Into::into);
        }
        event.size_bytes = usize::try_from(row.get::<_, i64>(5)?).unwrap_or_default();
        event.delivery.index = usize::try_from(row.get::<_, i64>(7)?).unwrap_or_default();
        event.delivery.library = row.get::<_, Option<String>>(8)?.map(Into::into);
        event.answer_ms = row.get::<_, Option<i64>>(12)?.map(unsigned);
        if let Some(verdict) = row
            .get_ref(9)?
            .as_str_or_null()
            .map_err(rusqlite::Error::from)?
        {
            event.verdict = serde_json::from_str(verdict)?;
        }
        Ok(event)
    }

    fn request(&self, id: i64) -> Result<Arc<DeliveryRequest>, StoreError> {
        if let Some((last, request)) = &*self.last_request.borrow()
            && *last == id
        {
            return Ok(Arc::clone(request));
        }
        let mut statement = self
            .connection
            .prepare_cached("SELECT facts, context, integrations FROM requests WHERE id = ?")?;
        let mut rows = statement.query([id])?;
        let mut request = DeliveryRequest::default();
        if let Some(row) = rows.next()? {
            let facts = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
            request = serde_json::from_str(facts)?;
            request.batch_context = row.get(1)?;
            request.batch_integrations = row.get(2)?;
        }
        let request = Arc::new(request);
        *self.last_request.borrow_mut() = Some((id, Arc::clone(&request)));
        Ok(request)
    }
}

/// Writes events and their requests.
pub(super) struct EventWriter<'a> {
    connection: &'a Connection,
    insert: CachedStatement<'a>,
    last_request: Option<StoredRequest>,
}

struct StoredRequest {
    id: i64,
    request: Arc<DeliveryRequest>,
    facts: String,
}

/// Removes a request if none of its events is stored. The events of a request follow each other.
pub(super) fn remove_unused_request(connection: &Connection, id: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "DELETE FROM requests WHERE id = ?1 AND NOT EXISTS (
                 SELECT 1 FROM events WHERE seq >= ?1
                     AND seq < coalesce((SELECT min(id) FROM requests WHERE id > ?1), seq + 1))",
        )?
        .execute([id])?;
    Ok(())
}

/// Returns the value of the `verdict` column. It is null for a verdict without findings.
pub(super) fn verdict_json(verdict: &Verdict) -> Result<Option<String>, StoreError> {
    if *verdict == Verdict::default() {
        return Ok(None);
    }
    Ok(Some(serde_json::to_string(verdict)?))
}

/// The values of an event's row that the event does not contain.
pub(super) struct RowKeys {
    /// The key of the event's conversation.
    pub(super) conversation: i64,
    /// The hash of the event's envelope id.
    pub(super) envelope: Option<i64>,
    pub(super) memory_bytes: u64,
}

impl<'a> EventWriter<'a> {
    pub(super) fn new(connection: &'a Connection) -> Result<Self, StoreError> {
        let insert = connection.prepare_cached(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?;
        Ok(Self {
            connection,
            insert,
            last_request: None,
        })
    }

    pub(super) fn insert(&mut self, event: &Event, keys: &RowKeys) -> Result<(), StoreError> {
        let request = self.request_id(event)?;
        let flags = if event.late { LATE } else { 0 }
            | if event.conversation_inferred {
                INFERRED
            } else {
                0
            };
        self.insert.execute(params![
            signed(event.seq),
            keys.conversation,
            event.occurred_at.0,
            event.received_at.0,
            event.kind.as_str(),
            event.name.as_deref(),
            !event.verdict.is_good(),
            flags,
            keys.envelope,
            signed(keys.memory_bytes),
            signed(event.size_bytes as u64),
            request,
            signed(event.delivery.index as u64),
            event.delivery.library(),
            verdict_json(&event.verdict)?,
            event.answer_ms.map(signed),
            &*event.raw,
        ])?;
        Ok(())
    }

    /// Returns the id of the event's request. Stores the request if this is its first event.
    fn request_id(&mut self, event: &Event) -> Result<i64, StoreError> {
        let request = &event.delivery.request;
        if let Some(last) = &self.last_request
            && Arc::ptr_eq(&last.request, request)
        {
            return Ok(last.id);
        }
        let facts = serde_json::to_string(&**request)?;
        // Events that were converted or imported do not share their request.
        if let Some(last) = &self.last_request
            && last.facts == facts
            && last.request.batch_context == request.batch_context
            && last.request.batch_integrations == request.batch_integrations
        {
            return Ok(last.id);
        }
        let id = signed(event.seq);
        self.connection
            .prepare_cached("INSERT INTO requests VALUES (?, ?, ?, ?)")?
            .execute(params![
                id,
                facts,
                request.batch_context,
                request.batch_integrations,
            ])?;
        self.last_request = Some(StoredRequest {
            id,
            request: Arc::clone(request),
            facts,
        });
        Ok(id)
    }
}
