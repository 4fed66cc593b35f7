//! Describes an event in one line.

use serde_json::Value;

use super::{
    escape::{escape_value, field},
    style::{BOLD, CYAN, FAINT, GREEN, YELLOW},
};

/// Returns the color, the label (a role or a kind of event), and the content of an event's line.
pub(super) fn describe(event: &Value) -> (&'static str, String, String) {
    let property = |name: &str| {
        event
            .get("properties")
            .and_then(|all| all.get(name))
            .map_or_else(String::new, escape_value)
    };
    let quoted_text = || {
        let bytes = event.get("textBytes").and_then(Value::as_u64);
        let text = field(event, "text");
        let size = bytes
            .filter(|bytes| *bytes > 4096)
            .map_or_else(String::new, |bytes| format!(" ({bytes} bytes)"));
        format!("“{text}”{size}")
    };
    let role = |default: &str| {
        let role = property("role");
        if role.is_empty() {
            default.to_owned()
        } else {
            role
        }
    };
    let name = field(event, "event");
    let (color, label, content) = match name.as_str() {
        "Conversation Started" => (FAINT, "started".into(), String::new()),
        "Message Sent" => (CYAN, role("customer"), quoted_text()),
        "Message Received" => (GREEN, role("agent"), quoted_text()),
        "Conversation Ended" => (
            FAINT,
            "ended".into(),
            match property("message_count") {
                count if count.is_empty() => String::new(),
                count if count == "1" => "after 1 message".into(),
                count => format!("after {count} messages"),
            },
        ),
        "Action Invoked" => (
            YELLOW,
            "tool".into(),
            format!("{} · {}", property("type"), property("action")),
        ),
        "Media Generated" => (
            YELLOW,
            "media".into(),
            format!("{}/{}", property("type"), property("sub_type")),
        ),
        "Component Loaded" | "Custom Component Loaded" => {
            (YELLOW, "component".into(), property("type"))
        }
        "Feedback Submitted" => (YELLOW, "feedback".into(), property("rating")),
        "" => {
            let kind = field(event, "type");
            let user = format!("{} {}", field(event, "userId"), field(event, "anonymousId"));
            (
                BOLD,
                if kind.is_empty() { "?".into() } else { kind },
                user.trim().to_owned(),
            )
        }
        _ => (
            BOLD,
            "track".into(),
            format!(
                "{name} {}",
                event
                    .get("properties")
                    .map_or_else(String::new, escape_value)
            ),
        ),
    };
    (color, label, content)
}
