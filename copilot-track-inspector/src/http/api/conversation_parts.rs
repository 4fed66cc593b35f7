//! Reads all events of a conversation, in parts.

use std::sync::Arc;

use futures_util::{Stream, stream};

use crate::{
    app::App,
    conversation::position::Position,
    event::model::Event,
    store::{query::Cursor, read::ReadStore},
};

/// The maximum number of events in a part.
pub(super) const MAX_PART_EVENTS: usize = 256;
/// The maximum total size of the calls in a part, in bytes. A part contains a larger call alone.
pub(super) const MAX_PART_BYTES: usize = 1024 * 1024;

/// Returns the events of a conversation that have arrived so far, in the order in which they
/// happened. Other requests can be served between two parts. The stream ends early if the store
/// cannot be read.
pub(super) fn conversation_parts(
    app: Arc<App>,
    id: Arc<str>,
) -> impl Stream<Item = Vec<Arc<Event>>> {
    let last = app.store.status().last_seq;
    stream::unfold((app, Position::START), move |(app, after)| {
        let id = Arc::clone(&id);
        async move {
            let read = move |store: &dyn ReadStore| {
                let cursor = Cursor::Following(after);
                store.conversation_events(&id, cursor, MAX_PART_EVENTS, MAX_PART_BYTES)
            };
            let mut events = app.store.read(read).await.ok()?.items;
            let to = Position::of(events.last()?);
            events.retain(|event| event.seq <= last);
            Some((events, (app, to)))
        }
    })
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::StreamExt as _;

    use super::*;
    use crate::{
        chaos::switch::ChaosSwitch,
        ingest::import::read_lines,
        store::{event_store::EventStore, status::Capacity},
    };

    const EVENTS: usize = 3 * MAX_PART_EVENTS;

    /// Returns events that happened in these minutes in the conversation `c`.
    fn events(minutes: impl Iterator<Item = usize>) -> Vec<Event> {
        let lines: Vec<_> = minutes
            .map(|minute| {
                let (hours, minute) = (minute / 60, minute % 60);
                format!(
                    r#"{{"type":"track","event":"E","userId":"u","timestamp":"2026-01-02T{hours:02}:{minute:02}:00.000Z","properties":{{"conversationId":"c"}}}}"#
                )
            })
            .collect();
        let events = read_lines(lines.iter().map(String::as_str)).into_iter();
        events.map(Result::unwrap).collect()
    }

    async fn check(store: EventStore) {
        // The last event of the first part arrives first, and is evicted first.
        let last = MAX_PART_EVENTS - 1;
        let minutes = [last].into_iter().chain(0..last);
        let minutes = minutes.chain(MAX_PART_EVENTS..EVENTS);
        store.append(events(minutes)).await.unwrap();
        let app = Arc::new(App::new(store, ChaosSwitch::new(None, 0), None));
        let mut parts = pin!(conversation_parts(Arc::clone(&app), "c".into()));
        let mut seqs = Vec::new();
        let mut read = |part: Option<Vec<Arc<Event>>>| {
            let part = part.unwrap();
            seqs.extend(part.iter().map(|event| event.seq));
        };
        read(parts.next().await);
        // These events do not belong to the parts.
        let new = events(MAX_PART_EVENTS..MAX_PART_EVENTS + 10);
        app.store.append(new).await.unwrap();
        while let Some(part) = parts.next().await {
            read(Some(part));
        }
        let last = last as u64;
        let expected = (2..=last + 1).chain([1]).chain(last + 2..=EVENTS as u64);
        assert_eq!(seqs, expected.collect::<Vec<_>>());
    }

    fn capacity() -> Capacity {
        Capacity {
            events: EVENTS as u64,
            bytes: 1 << 30,
        }
    }

    #[tokio::test]
    async fn each_event_is_read_once_although_events_are_evicted_and_arrive() {
        check(EventStore::in_memory(capacity())).await;
        #[cfg(feature = "sqlite")]
        {
            let directory = tempfile::tempdir().unwrap();
            let file = directory.path().join("events.db");
            check(EventStore::in_database(&file, capacity(), false).unwrap()).await;
        }
    }
}
