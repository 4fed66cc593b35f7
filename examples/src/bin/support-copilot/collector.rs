//! An inspector in this process. It receives the events if there is no Segment write key.
//!
//! It serves Segment's HTTP tracking API on the loopback address and shows the events on a page.
//! The report at the end therefore shows what was sent over HTTP.

use std::{collections::BTreeMap, error::Error, net::Ipv4Addr, time::Duration};

use copilot_track_inspector::{Event, Inspector, InspectorError};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::options::Options;

/// How often [`Collector::wait_for_viewer`] checks for a viewer.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// The events that the inspector received.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received {
    pub(crate) requests: usize,
    /// The total size of the request bodies as they were sent, in bytes.
    pub(crate) bytes: usize,
    pub(crate) events: Vec<ReceivedEvent>,
}

/// One event, with the fields that the report prints.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReceivedEvent {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) event: Option<String>,
    pub(crate) user_id: Option<String>,
    pub(crate) anonymous_id: Option<String>,
    #[serde(default)]
    pub(crate) properties: Map<String, Value>,
}

pub(crate) struct Collector {
    inspector: Inspector,
    /// The sequence number of the last event from earlier runs (see `--history`).
    after_seq: u64,
}

impl Collector {
    pub(crate) async fn start(options: &Options) -> Result<Self, Box<dyn Error>> {
        let address = (Ipv4Addr::LOCALHOST, options.port).into();
        let mut builder = Inspector::builder().listen(address);
        if let Some(file) = &options.history {
            builder = builder.database(file);
        }
        let inspector = builder.start().await?;
        let after_seq = inspector.last_seq();
        Ok(Self {
            inspector,
            after_seq,
        })
    }

    /// Returns the address of the page, which is also the tracker's endpoint.
    pub(crate) fn url(&self) -> String {
        self.inspector.url()
    }

    /// Returns the events of this run.
    pub(crate) async fn received(&self) -> Result<Received, InspectorError> {
        let events = self.inspector.events_after(self.after_seq).await?;
        let requests: BTreeMap<u64, usize> = events
            .iter()
            .map(|event| (event.delivery().request(), event.delivery().bytes().1))
            .collect();
        Ok(Received {
            requests: requests.len(),
            bytes: requests.values().sum(),
            events: events
                .iter()
                .filter_map(|event| parse_event(event))
                .collect(),
        })
    }

    /// Waits until a browser has opened the page.
    pub(crate) async fn wait_for_viewer(&self) {
        while self.inspector.watchers() == 0 {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }
}

fn parse_event(event: &Event) -> Option<ReceivedEvent> {
    serde_json::from_str(event.raw()).ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use copilot_track::{Tracker, User};

    use super::*;
    use crate::options::{self, Command};

    #[tokio::test]
    async fn the_collector_receives_the_events_of_a_tracker() {
        let Ok(Command::Run(options)) = options::parse([]) else {
            panic!()
        };
        let collector = Arc::new(Collector::start(&options).await.unwrap());
        let tracker = Tracker::builder()
            .write_key("key")
            .endpoint(collector.url())
            .build()
            .unwrap();
        let conversation = tracker.conversation(User::known("123").unwrap());
        conversation.message_sent("Is it in stock?");
        let report = tracker.shutdown(Duration::from_secs(5)).await;
        assert!(report.is_all_delivered(), "{report}");

        let received = collector.received().await.unwrap();
        assert_eq!(received.requests, 1);
        assert!(received.bytes > 0);
        let names: Vec<_> = received
            .events
            .iter()
            .map(|event| event.event.as_deref())
            .collect();
        assert_eq!(names, [Some("Conversation Started"), Some("Message Sent")]);
        assert_eq!(
            received.events[1].properties["message_body"],
            "Is it in stock?"
        );
    }
}
