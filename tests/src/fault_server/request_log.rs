//! All that a server was sent.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::fault_server::recorded_request::RecordedRequest;

/// All that a server was sent, in the order in which it was read.
#[derive(Debug, Clone, Default)]
pub struct RequestLog {
    /// The requests that were read to their end.
    pub requests: Vec<RecordedRequest>,
    /// How many connections were opened.
    pub connections: usize,
    /// How many requests were cut off before they were read.
    pub unread: usize,
}

impl RequestLog {
    /// How often each envelope id was read, accepted or not: duplicates show before Segment
    /// would remove them.
    #[must_use]
    pub fn read_by_id(&self) -> BTreeMap<&str, usize> {
        count(self.requests.iter())
    }

    /// How often each envelope id stood in a request that was told that all is well.
    #[must_use]
    pub fn accepted_by_id(&self) -> BTreeMap<&str, usize> {
        count(
            self.requests
                .iter()
                .filter(|request| request.was_accepted()),
        )
    }

    /// How many different events were accepted.
    #[must_use]
    pub fn accepted_count(&self) -> u64 {
        self.accepted_by_id().len() as u64
    }

    /// How many different events were read.
    #[must_use]
    pub fn read_count(&self) -> u64 {
        self.read_by_id().len() as u64
    }

    /// How many times too often events were accepted.
    #[must_use]
    pub fn duplicate_accepts(&self) -> usize {
        self.accepted_by_id().values().map(|times| times - 1).sum()
    }

    /// How many times an event came again after it was read, accepted or not.
    #[must_use]
    pub fn duplicate_reads(&self) -> usize {
        self.read_by_id().values().map(|times| times - 1).sum()
    }

    /// How many different events were read more than once, accepted or not.
    #[must_use]
    pub fn duplicated_count(&self) -> u64 {
        self.read_by_id()
            .values()
            .filter(|&&times| times > 1)
            .count() as u64
    }

    /// The accepted events, each once, in the order of arrival.
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

    /// Asserts that an event is the same whenever it comes: its whole JSON, id and timestamp
    /// included.
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
