//! Replaces the verdicts on events in the database.

use rusqlite::params;

use super::{
    event_row::{EVENT_COLUMNS, EventReader, verdict_json},
    integers::signed,
    write_batch::WriteBatch,
};
use crate::{
    event::model::Event,
    store::{error::StoreError, query::NewVerdict},
};

/// The result of a replacement.
pub(super) struct Replaced {
    /// The events whose verdicts have changed.
    pub(super) events: Vec<Event>,
    /// The sequence number of the last event that was read, if there was one.
    pub(super) last: Option<u64>,
}

impl WriteBatch<'_> {
    /// Replaces the verdicts on at most `max_events` events after `seq`.
    pub(super) fn replace_verdicts(
        &mut self,
        seq: u64,
        max_events: usize,
        new_verdict: &NewVerdict,
    ) -> Result<Replaced, StoreError> {
        let mut replaced = Replaced {
            events: Vec::new(),
            last: None,
        };
        for stored in self.events_after(seq, max_events)? {
            replaced.last = Some(stored.seq);
            if let Some(verdict) = new_verdict(&stored) {
                let event = Event {
                    verdict,
                    ..stored.clone()
                };
                self.replace(&stored, &event)?;
                replaced.events.push(event);
            }
        }
        Ok(replaced)
    }

    fn events_after(&self, seq: u64, max_events: usize) -> Result<Vec<Event>, StoreError> {
        let sql = format!("SELECT {EVENT_COLUMNS} FROM events WHERE seq > ? ORDER BY seq LIMIT ?");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let limit = i64::try_from(max_events).unwrap_or(i64::MAX);
        let mut rows = statement.query([signed(seq), limit])?;
        let reader = EventReader::new(self.connection);
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            events.push(reader.event(row)?);
        }
        Ok(events)
    }

    /// Replaces an event by the same event with another verdict.
    fn replace(&mut self, stored: &Event, event: &Event) -> Result<(), StoreError> {
        let (old_bytes, new_bytes) = (stored.memory_bytes() as u64, event.memory_bytes() as u64);
        let bad = !event.verdict.is_good();
        self.connection
            .prepare_cached("UPDATE events SET bad = ?, weight = ?, verdict = ? WHERE seq = ?")?
            .execute(params![
                bad,
                signed(new_bytes),
                verdict_json(&event.verdict)?,
                signed(event.seq),
            ])?;
        // The search index contains the findings.
        self.changed.push(event.seq);
        self.totals.remove(stored);
        self.totals.add(event);
        self.counters.bad += u64::from(bad);
        self.counters.bad -= u64::from(!stored.verdict.is_good());
        self.counters.bytes = (self.counters.bytes + new_bytes).saturating_sub(old_bytes);
        let id = event.conversation_id.as_deref().unwrap_or_default();
        if let Some((_, record)) = self.record_mut(id)? {
            record.replace_verdict(&stored.verdict, &event.verdict);
        }
        Ok(())
    }
}
