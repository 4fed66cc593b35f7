//! The requests that a server received.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::fault_server::recorded_request::RecordedRequest;

/// The requests that a server received, in the order in which they were read.
#[derive(Debug, Clone, Default)]
pub struct RequestLog {
    /// The requests that were read completely.
    pub requests: Vec<RecordedRequest>,
    /// The number of connections that were opened.
    pub connections: usize,
    /// The number of requests that were not read because the connection was closed.
    pub unread: usize,
}

impl RequestLog {
    /// Returns how many times each envelope id was read, accepted or not. Segment would remove the
    /// duplicates.
    #[must_use]
    pub fn read_by_id(&self) -> BTreeMap<&str, usize> {
        count(self.requests.iter())
    }

    /// Returns how many times each envelope id was in an accepted request.
    #[must_use]
    pub fn accepted_by_id(&self) -> BTreeMap<&str, usize> {
        count(
            self.requests
                .iter()
                .filter(|request| request.was_accepted()),
        )
    }

    /// Returns how many different events were accepted.
    #[must_use]
    pub fn accepted_count(&self) -> u64 {
        self.accepted_by_id().len() as u64
    }

    /// Returns how many different events were read.
    #[must_use]
    pub fn read_count(&self) -> u64 {
        self.read_by_id().len() as u64
    }

    /// Returns the number of duplicates among the accepted events.
    #[must_use]
    pub fn duplicate_accepts(&self) -> usize {
        self.accepted_by_id().values().map(|times| times - 1).sum()
    }

    /// Returns the number of duplicates among the events that were read, accepted or not.
    #[must_use]
    pub fn duplicate_reads(&self) -> usize {
        self.read_by_id().values().map(|times| times - 1).sum()
    }

    /// Returns how many different events were read more than once, accepted or not.
    #[must_use]
    pub fn duplicated_count(&self) -> u64 {
        self.read_by_id()
            .values()
            .filter(|&&times| times > 1)
            .count() as u64
    }

    /// Returns the accepted events without duplicates, in the order of arrival.
    #[must_use]
    pub fn events(&self) -> Vec<&Value> {
        let mut seen = std::collections::BTreeSet::new();
        self.requests
            .iter()
            .filter(|request| request.was_accepted())
            .flat_map(RecordedRequest::events)
            .filter(|event| seen.insert(event["messageId"].as_str()))
            .collect()
    }

    /// Asserts that each event has the same JSON every time it is read, including its id and
    /// timestamp.
    pub fn assert_resent_unchanged(&self) {
        let mut first: BTreeMap<&str, &Value> = BTreeMap::new();
        for event in self.requests.iter().flat_map(RecordedRequest::events) {
            let id = event["messageId"].as_str().expect("an envelope id");
            assert_eq!(*first.entry(id).or_insert(event), event);
        }
    }
}

fn count<'a>(requests: impl Iterator<Item = &'a RecordedRequest>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for id in requests.flat_map(RecordedRequest::envelope_ids) {
        *counts.entry(id).or_default() += 1;
    }
    counts
}
