//! Read access to the database.

use std::sync::{Arc, Mutex};

use rusqlite::{Connection, OptionalExtension as _, ToSql};

use super::{
    conversation_row::{conversation_condition, conversation_summary},
    event_row::{EVENT_COLUMNS, EventReader},
    integers::{signed, unsigned},
    search_index::{find::ConversationSearch, status::IndexStatus},
    totals,
};
use crate::{
    conversation::{position::Position, summary::Conversation},
    event::model::Event,
    numbers::totals::Totals,
    store::{
        cancel::CancelFlag,
        error::StoreError,
        lock::lock,
        query::{ConversationQuery, Cursor, EventFilter, Page},
        read::ReadStore,
    },
    timestamp::Timestamp,
};

/// The key of the conversation whose id is the next parameter.
const CONVERSATION_KEY: &str = "(SELECT key FROM conversations WHERE id = ?)";

/// The number of instructions of the database's virtual machine after which a search checks whether
/// it is cancelled. A row takes about ten instructions.
const CANCEL_INTERVAL: i32 = 1_000;

/// A read connection, and the state of the index for searches.
#[derive(Debug)]
pub(super) struct Reader {
    connection: Connection,
    index: Arc<IndexStatus>,
    /// The flag that stops the current statement.
    cancelled: Arc<Mutex<CancelFlag>>,
}

impl Reader {
    pub(super) fn new(
        mut connection: Connection,
        index: Arc<IndexStatus>,
    ) -> Result<Self, StoreError> {
        let cancelled = Arc::new(Mutex::new(CancelFlag::default()));
        let current = Arc::clone(&cancelled);
        connection.progress_handler(CANCEL_INTERVAL, Some(move || lock(&current).is_set()))?;
        Ok(Self {
            connection,
            index,
            cancelled,
        })
    }

    /// Runs a function in a read transaction, so that all of its queries see the same state.
    pub(super) fn in_transaction<T>(
        &self,
        read: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let _transaction = self.connection.unchecked_transaction()?;
        read()
    }

    /// Returns the position of the event with this sequence number. An event that is no longer
    /// stored was before all stored events.
    fn position_of(&self, seq: u64) -> Result<Position, StoreError> {
        let at: Option<i64> = self
            .connection
            .prepare_cached("SELECT at FROM events WHERE seq = ?")?
            .query_row([signed(seq)], |row| row.get(0))
            .optional()?;
        if let Some(at) = at {
            let at = Timestamp(at);
            return Ok(Position { at, seq });
        }
        let last: i64 = self
            .connection
            .prepare_cached("SELECT last_seq FROM state")?
            .query_row([], |row| row.get(0))?;
        Ok(if seq > unsigned(last) {
            Position::END
        } else {
            Position::START
        })
    }

    /// Returns the position after which a filter selects the events of a conversation.
    fn position_after(&self, filter: &EventFilter) -> Result<Position, StoreError> {
        match filter.conversation {
            Some(_) if filter.after > 0 => self.position_of(filter.after),
            _ => Ok(Position::START),
        }
    }

    /// Runs a function whose statements stop when a query is cancelled. A statement can read many
    /// rows before it returns one.
    fn while_wanted<T>(
        &self,
        query: &ConversationQuery,
        read: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        *lock(&self.cancelled) = query.cancelled.clone();
        let result = read();
        *lock(&self.cancelled) = CancelFlag::default();
        match result {
            Err(_) if query.cancelled.is_set() => Err(StoreError::Cancelled),
            result => result,
        }
    }

    fn find_conversations(
        &self,
        query: &ConversationQuery,
    ) -> Result<Page<Conversation>, StoreError> {
        let search = query.search.as_ref();
        if let Some(search) = search.filter(|it| it.has_conditions()) {
            return ConversationSearch::new(&self.connection, query, search).find(&self.index);
        }
        let sql = format!(
            "SELECT summary FROM conversations WHERE last_seq < ?{} ORDER BY last_seq DESC LIMIT ?",
            conversation_condition(query)
        );
        let before = query.before.map_or(i64::MAX, signed);
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query((before, limit(query.limit)))?;
        let mut items = Vec::new();
        while let Some(row) = rows.next()? {
            if items.len() == query.limit {
                return Ok(Page { items, more: true });
            }
            items.push(conversation_summary(row.get_ref(0)?)?);
        }
        Ok(Page { items, more: false })
    }

    fn events(
        &self,
        sql: &str,
        parameters: &[&dyn ToSql],
        max_events: usize,
        max_bytes: usize,
    ) -> Result<Page<Arc<Event>>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        let reader = EventReader::new(&self.connection);
        let mut items: Vec<Arc<Event>> = Vec::new();
        let mut remaining_bytes = max_bytes;
        while let Some(row) = rows.next()? {
            if items.len() == max_events {
                return Ok(Page { items, more: true });
            }
            let event = reader.event(row)?;
            if !items.is_empty() && event.full_bytes() > remaining_bytes {
                return Ok(Page { items, more: true });
            }
            remaining_bytes = remaining_bytes.saturating_sub(event.full_bytes());
            items.push(Arc::new(event));
        }
        Ok(Page { items, more: false })
    }
}

/// Returns the SQL condition of a filter, and its parameters in order. `after` is the position of
/// the event with the number `filter.after`.
fn condition(filter: &EventFilter, after: Position) -> (String, Vec<Box<dyn ToSql>>) {
    let mut parameters: Vec<Box<dyn ToSql>> = Vec::new();
    let mut sql = if let Some(id) = &filter.conversation {
        parameters.push(Box::new(id.clone()));
        parameters.push(Box::new(after.at.0));
        parameters.push(Box::new(signed(after.seq)));
        format!("conversation = {CONVERSATION_KEY} AND (at, seq) > (?, ?)")
    } else {
        parameters.push(Box::new(signed(filter.after)));
        "seq > ?".to_owned()
    };
    match filter.good {
        Some(true) => sql.push_str(" AND NOT bad"),
        Some(false) => sql.push_str(" AND bad"),
        None => {}
    }
    if let Some(name) = &filter.name {
        sql.push_str(" AND (name = ? OR kind = ?)");
        parameters.push(Box::new(name.clone()));
        parameters.push(Box::new(name.clone()));
    }
    (sql, parameters)
}

fn borrowed(parameters: &[Box<dyn ToSql>]) -> Vec<&dyn ToSql> {
    parameters.iter().map(AsRef::as_ref).collect()
}

/// Returns an SQL limit that is one larger than `max_events`. The additional row shows whether
/// there is another page.
fn limit(max_events: usize) -> i64 {
    i64::try_from(max_events.saturating_add(1)).unwrap_or(i64::MAX)
}

impl ReadStore for Reader {
    fn event(&self, seq: u64) -> Result<Option<Arc<Event>>, StoreError> {
        let sql = format!("SELECT {EVENT_COLUMNS} FROM events WHERE seq = ?");
        Ok(self
            .events(&sql, &[&signed(seq)], 1, usize::MAX)?
            .items
            .pop())
    }

    fn after(
        &self,
        seq: u64,
        max_events: usize,
        max_bytes: usize,
    ) -> Result<Vec<Arc<Event>>, StoreError> {
        let sql = format!("SELECT {EVENT_COLUMNS} FROM events WHERE seq > ? ORDER BY seq LIMIT ?");
        Ok(self
            .events(
                &sql,
                &[&signed(seq), &limit(max_events)],
                max_events,
                max_bytes,
            )?
            .items)
    }

    fn conversation(&self, id: &str) -> Result<Option<Conversation>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT summary FROM conversations WHERE id = ?")?;
        let mut rows = statement.query([id])?;
        rows.next()?
            .map(|row| conversation_summary(row.get_ref(0)?))
            .transpose()
    }

    fn conversation_events(
        &self,
        id: &str,
        cursor: Cursor,
        max_events: usize,
        max_bytes: usize,
    ) -> Result<Page<Arc<Event>>, StoreError> {
        let (compare, order, position) = match cursor {
            Cursor::Last => ("<", "DESC", Position::END),
            Cursor::Before(seq) => ("<", "DESC", self.position_of(seq)?),
            Cursor::UpTo(seq) => ("<=", "DESC", self.position_of(seq)?),
            Cursor::After(seq) => (">", "ASC", self.position_of(seq)?),
            Cursor::Following(position) => (">", "ASC", position),
        };
        let sql = format!(
            "SELECT {EVENT_COLUMNS} FROM events WHERE conversation = {CONVERSATION_KEY} AND (at, seq) {compare} (?, ?) ORDER BY at {order}, seq {order} LIMIT ?"
        );
        let (at, seq) = (position.at.0, signed(position.seq));
        let mut listed = self.events(
            &sql,
            &[&id, &at, &seq, &limit(max_events)],
            max_events,
            max_bytes,
        )?;
        if order == "DESC" {
            listed.items.reverse();
        }
        Ok(listed)
    }

    fn conversations(&self, query: &ConversationQuery) -> Result<Page<Conversation>, StoreError> {
        self.while_wanted(query, || self.find_conversations(query))
    }

    fn select(
        &self,
        filter: &EventFilter,
        max_events: usize,
        max_bytes: usize,
    ) -> Result<Page<Arc<Event>>, StoreError> {
        let (condition, mut parameters) = condition(filter, self.position_after(filter)?);
        let order = match filter.conversation {
            Some(_) => "at, seq",
            None => "seq",
        };
        let sql = format!(
            "SELECT {EVENT_COLUMNS} FROM events WHERE {condition} ORDER BY {order} LIMIT ?"
        );
        parameters.push(Box::new(limit(max_events)));
        self.events(&sql, &borrowed(&parameters), max_events, max_bytes)
    }

    fn count(&self, filter: &EventFilter, max_events: usize) -> Result<usize, StoreError> {
        let (condition, mut parameters) = condition(filter, self.position_after(filter)?);
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM events WHERE {condition} LIMIT ?)");
        parameters.push(Box::new(i64::try_from(max_events).unwrap_or(i64::MAX)));
        let mut statement = self.connection.prepare_cached(&sql)?;
        let count: i64 = statement.query_row(&*borrowed(&parameters), |row| row.get(0))?;
        Ok(usize::try_from(unsigned(count)).unwrap_or(usize::MAX))
    }

    fn totals(&self) -> Result<Totals, StoreError> {
        totals::read(&self.connection)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::schema, *};
    use crate::{search::validate::Search, store::cancel::CancelOnDrop};

    #[test]
    fn an_abandoned_search_stops_while_a_statement_skips_rows() {
        let connection = Connection::open_in_memory().unwrap();
        schema::prepare(&connection, "instance", 0).unwrap();
        let insert = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT 2000)
             INSERT INTO conversations SELECT n, n, n, 0, 0, '{}' FROM numbers";
        connection.execute_batch(insert).unwrap();
        let reader = Reader::new(connection, Arc::new(IndexStatus::new(true))).unwrap();
        for search in ["messages:7", "messages:7 text"] {
            let cancel = CancelOnDrop::default();
            let query = ConversationQuery {
                limit: 10,
                search: Some(Search::new(search, Timestamp(0)).unwrap()),
                cancelled: cancel.flag(),
                ..ConversationQuery::default()
            };
            assert!(reader.conversations(&query).unwrap().items.is_empty());
            drop(cancel);
            let found = reader.conversations(&query);
            assert!(matches!(found, Err(StoreError::Cancelled)), "{search}");
        }
        // The next reader of the connection is not affected.
        assert_eq!(reader.count(&EventFilter::default(), 1).unwrap(), 0);
    }
}
