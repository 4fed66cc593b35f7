//! What stands in for Segment when there is no write key: an inspector in this process.
//!
//! It speaks Segment's HTTP tracking API on the loopback address and shows on a page what comes, so
//! that what is printed at the end is what really went over the wire.

use std::{collections::BTreeMap, error::Error, net::Ipv4Addr, time::Duration};

use copilot_track_inspector::{Event, Inspector, InspectorError};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::options::Options;

/// How often is looked whether someone watches.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// What has arrived.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received {
    pub(crate) requests: usize,
    /// Bytes of the requests' bodies as they came over the wire.
    pub(crate) bytes: usize,
    pub(crate) events: Vec<ReceivedEvent>,
}

/// One event.
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
    /// The last event of an earlier run, where there is a history.
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

    /// The page, and where to send.
    pub(crate) fn url(&self) -> String {
        self.inspector.url()
    }

    /// What came since this program began to listen.
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

    /// Until someone has the page open.
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
    async fn what_was_sent_is_what_arrives() {
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
