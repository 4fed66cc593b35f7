//! Prints a conversation as the inspector received it, and the tracker's ledger.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    time::Duration,
};

use copilot_track::{Report, Tracker};
use serde_json::Value;

use crate::{
    collector::{Collector, Received, ReceivedEvent},
    screen::{Screen, sanitize},
};

/// Longer values are truncated to this many characters.
const MAX_VALUE_CHARS: usize = 160;

pub(crate) fn print_received<W: Write>(
    screen: &mut Screen<W>,
    received: &Received,
) -> io::Result<()> {
    screen.heading("events received by the inspector")?;
    for event in &received.events {
        screen.line(&line(event, &received.events))?;
    }
    screen.line("")?;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for event in &received.events {
        *counts.entry(event.name()).or_default() += 1;
    }
    for (name, count) in counts {
        screen.line(&format!(
            "  {count:>4}  {}",
            sanitize(name, MAX_VALUE_CHARS)
        ))?;
    }
    screen.line(&format!(
        "  {:>4}  events in total, in {} {} ({} bytes)",
        received.events.len(),
        received.requests,
        if received.requests == 1 {
            "request"
        } else {
            "requests"
        },
        received.bytes
    ))
}

/// Prints how many events the tracker has delivered and dropped, and how many are still pending.
pub(crate) fn print_ledger<W: Write>(
    screen: &mut Screen<W>,
    tracker: &Tracker,
    report: &Report,
) -> io::Result<()> {
    screen.heading("the tracker's ledger")?;
    let balance = if report.ledger.is_balanced() {
        "balanced"
    } else {
        "NOT BALANCED"
    };
    screen.line(&format!("  {report}: {balance}"))?;
    for (status, events) in tracker.rejected_by_status() {
        let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        screen.line(&format!("  {events} rejected with HTTP status {status}"))?;
    }
    Ok(())
}

/// Prints events while the conversation is running.
pub(crate) struct LiveView<'a> {
    collector: &'a Collector,
    shown: usize,
}

impl<'a> LiveView<'a> {
    pub(crate) fn new(collector: &'a Collector) -> Self {
        Self {
            collector,
            shown: 0,
        }
    }

    /// Delivers the pending events, and prints all events that arrived since the last call.
    pub(crate) async fn show<W: Write>(
        &mut self,
        tracker: &Tracker,
        screen: &mut Screen<W>,
    ) -> io::Result<()> {
        let _ = tracker.flush(Duration::from_secs(1)).await;
        let Received { events, .. } = self.collector.received().await.map_err(io::Error::other)?;
        for event in events.iter().skip(self.shown) {
            let line = line(event, &events);
            screen.dimmed(&format!("           ⇢ {}", line.trim_start()))?;
        }
        self.shown = events.len();
        Ok(())
    }
}

impl ReceivedEvent {
    fn name(&self) -> &str {
        match self.event.as_deref() {
            Some(name) => name,
            None if self.kind == "identify" => "Identify",
            None => &self.kind,
        }
    }

    /// Returns a property as a string, or an empty string if the property is missing.
    fn property(&self, name: &str) -> String {
        self.property_truncated(name, MAX_VALUE_CHARS)
    }

    fn property_truncated(&self, name: &str, max_chars: usize) -> String {
        match self.properties.get(name) {
            None => String::new(),
            Some(Value::String(text)) => sanitize(text, max_chars),
            Some(other) => sanitize(&other.to_string(), max_chars),
        }
    }

    /// Returns a number without trailing zeros, such as `5` for `5.0`.
    fn number(&self, name: &str) -> String {
        let number = self.properties.get(name).and_then(Value::as_f64);
        number.map_or_else(|| self.property(name), |number| number.to_string())
    }

    fn message_id(&self) -> Option<&Value> {
        self.properties.get("messageId")
    }
}

/// Formats one event as a line. For feedback, looks up the rated answer in `all`, the list of all
/// events.
fn line(event: &ReceivedEvent, all: &[ReceivedEvent]) -> String {
    let property = |name| event.property(name);
    let (label, details) = match event.name() {
        "Conversation Started" => (
            "started",
            format!("conversation {}", property("conversationId")),
        ),
        "Message Sent" | "Message Received" => {
            return format!("{:>10}  “{}”", property("role"), property("message_body"));
        }
        "Action Invoked" => (
            "tool",
            format!("{} · {}", property("type"), property("action")),
        ),
        "Media Generated" => (
            "media",
            format!("{}/{}", property("type"), property("sub_type")),
        ),
        "Component Loaded" | "Custom Component Loaded" => (
            "component",
            format!("{} ({})", property("type"), event.name()),
        ),
        "Item Purchased" => (
            "purchase",
            format!(
                "{} × {} ({}) at {} {}",
                property("quantity"),
                property("itemName"),
                property("itemId"),
                property("itemPrice"),
                property("currency")
            ),
        ),
        "Feedback Submitted" => {
            let rated = all.iter().find(|other| {
                other.name() == "Message Received" && other.message_id() == event.message_id()
            });
            let of = rated.map_or_else(String::new, |rated| {
                format!(" for “{}”", rated.property_truncated("message_body", 40))
            });
            ("feedback", format!("{} of 5{of}", event.number("rating")))
        }
        "Identify" => {
            let id = |id: &Option<String>| {
                id.as_deref()
                    .map_or("-".into(), |id| sanitize(id, MAX_VALUE_CHARS))
            };
            (
                "identify",
                format!("{} is user {}", id(&event.anonymous_id), id(&event.user_id)),
            )
        }
        "Conversation Ended" => (
            "ended",
            format!("after {} messages", property("message_count")),
        ),
        other => ("event", sanitize(other, MAX_VALUE_CHARS)),
    };
    format!("            {label:<10} {details}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(json: &str) -> ReceivedEvent {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn feedback_names_the_answer_that_was_rated() {
        let reply = event(
            r#"{"type":"track","event":"Message Received","userId":"1",
                "properties":{"messageId":"m2","message_body":"It is $8.99.","role":"agent"}}"#,
        );
        let rating = event(
            r#"{"type":"track","event":"Feedback Submitted","userId":"1",
                "properties":{"messageId":"m2","rating":5.0}}"#,
        );
        let all = [reply, rating];
        assert_eq!(line(&all[0], &all).trim(), "agent  “It is $8.99.”");
        assert_eq!(
            line(&all[1], &all).trim(),
            "feedback   5 of 5 for “It is $8.99.”"
        );
    }

    #[test]
    fn missing_and_unusual_values_are_printed() {
        let identify = event(r#"{"type":"identify","anonymousId":"v","userId":"C-1"}"#);
        assert!(line(&identify, &[]).ends_with("v is user C-1"));
        for json in [
            r#"{"type":"screen"}"#,
            r#"{"type":"track","event":"Message Sent"}"#,
            r#"{"type":"track","event":"Item Purchased","properties":{"itemName":["\u001b"]}}"#,
        ] {
            assert!(!line(&event(json), &[]).contains('\x1b'));
        }
    }
}
