//! One event in the file.

use serde_json::{Map, Value};

use super::{
    escape::{escaped, isolated},
    parts::{findings_html, time_html},
};
use crate::event::model::Event;

/// Returns the HTML of an event, as an item of a list.
pub(crate) fn event_html(event: &Event) -> String {
    let properties = properties(event);
    let (class, heading, body) = match event.name.as_deref().filter(|_| event.kind == "track") {
        Some("Message Sent") => ("sent", role(&properties, "customer"), text_html(event)),
        Some("Message Received") => ("received", role(&properties, "agent"), text_html(event)),
        Some("Action Invoked") => {
            let heading = format!("Tool {}", isolated(&shown(&properties, "type")));
            (
                "tool",
                heading,
                tags(&properties, &["action", "outcome", "error_type"]),
            )
        }
        Some("Media Generated") => {
            let heading = format!("Media {}", isolated(&shown(&properties, "type")));
            ("card", heading, tags(&properties, &["sub_type"]))
        }
        Some("Component Loaded" | "Custom Component Loaded") => {
            let heading = format!("Component {}", isolated(&shown(&properties, "type")));
            ("card", heading, String::new())
        }
        Some("Feedback Submitted") => {
            let heading = format!("Rated {}", isolated(&shown(&properties, "rating")));
            ("feedback", heading, String::new())
        }
        Some(name) => ("other", isolated(name), String::new()),
        None => ("other", isolated(&event.kind), String::new()),
    };
    let measured = tags(
        &properties,
        &[
            "completion",
            "duration_ms",
            "first_chunk_ms",
            "input_tokens",
            "output_tokens",
            "cost_usd",
            "message_count",
        ],
    );
    format!(
        "<li class=\"{class}\"><h2>{heading}</h2>{time}{body}{measured}{findings}\
<details><summary>JSON</summary><pre dir=\"ltr\">{raw}</pre></details></li>\n",
        time = time_html(event.occurred_at),
        findings = findings_html(&event.verdict),
        raw = escaped(&event.raw),
    )
}

fn role(properties: &Map<String, Value>, default: &str) -> String {
    let role = shown(properties, "role").replace('_', " ");
    isolated(if role.is_empty() { default } else { &role })
}

fn text_html(event: &Event) -> String {
    match event.text() {
        Some(text) if !text.is_empty() => {
            format!("<p class=\"text\" dir=\"auto\">{}</p>", escaped(text))
        }
        _ => "<p class=\"text none\">No text</p>".to_owned(),
    }
}

/// Returns the properties with these names that the event has.
fn tags(properties: &Map<String, Value>, names: &[&str]) -> String {
    let mut html = String::new();
    for name in names.iter().filter(|name| properties.contains_key(**name)) {
        html.push_str("<span class=\"tag\">");
        let (label, unit) = match (name.strip_suffix("_ms"), name.strip_suffix("_usd")) {
            (Some(label), _) => (label, " ms"),
            (_, Some(label)) => (label, " USD"),
            _ => (*name, ""),
        };
        html.push_str(&label.replace('_', " "));
        html.push(' ');
        html.push_str(&isolated(&shown(properties, name)));
        html.push_str(unit);
        html.push_str("</span>");
    }
    if html.is_empty() {
        return html;
    }
    format!("<p class=\"tags\">{html}</p>")
}

/// Returns the text of a property. It is empty if the property is missing or null.
fn shown(properties: &Map<String, Value>, name: &str) -> String {
    match properties.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn properties(event: &Event) -> Map<String, Value> {
    let brief = event.brief();
    let json = brief.properties();
    json.and_then(|json| serde_json::from_str(json).ok())
        .unwrap_or_default()
}
