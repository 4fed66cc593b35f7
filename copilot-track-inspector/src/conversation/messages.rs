//! Checks the message ids of a conversation's events.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use crate::{
    event::model::Event,
    verdict::{
        code::FindingCode,
        findings::{Severity, Verdict},
    },
};

/// The maximum number of findings about message ids.
const MAX_FINDINGS: usize = 20;

/// Adds findings about messages with the same id, and about events that refer to unknown messages.
/// `events` are the events of a conversation in order. `is_complete` is whether they are all of its
/// events.
pub(crate) fn check(events: &[Arc<Event>], is_complete: bool, verdict: &mut Verdict) {
    let mut bodies: HashMap<&str, &Event> = HashMap::new();
    let mut remaining = MAX_FINDINGS;
    for event in events.iter().filter(|event| is_message(event)) {
        let Some(id) = event.message_id.as_deref() else {
            continue;
        };
        match bodies.entry(id) {
            Entry::Vacant(entry) => {
                entry.insert(event);
            }
            Entry::Occupied(entry) if entry.get().text() != event.text() && remaining > 0 => {
                remaining -= 1;
                verdict.add_about(
                    Some(event.seq),
                    Severity::Error,
                    FindingCode::ConflictingMessage,
                    format!(
                        "event {} has the same `messageId`, but another `message_body`; each message needs its own id",
                        entry.get().seq
                    ),
                );
            }
            Entry::Occupied(_) => {}
        }
    }
    if !is_complete {
        return;
    }
    for event in events.iter().filter(|event| !is_message(event)) {
        let (Some(id), Some(name)) = (&event.message_id, &event.name) else {
            continue;
        };
        if remaining > 0 && !bodies.contains_key(id.as_str()) {
            remaining -= 1;
            let name: String = name.chars().take(80).collect();
            verdict.add_about(
                Some(event.seq),
                Severity::Note,
                FindingCode::UnknownMessage,
                format!("{name} refers to a message that has not arrived"),
            );
        }
    }
}

fn is_message(event: &Event) -> bool {
    matches!(
        event.name.as_deref(),
        Some("Message Sent" | "Message Received")
    )
}
