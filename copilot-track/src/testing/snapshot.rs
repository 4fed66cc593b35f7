//! Events as text, for snapshot tests.

use std::fmt::{self, Write as _};

use crate::testing::captured_event::CapturedEvent;

/// Returns the events as text.
pub(super) fn snapshot(events: &[CapturedEvent]) -> String {
    let mut seen: Vec<String> = Vec::new();
    let mut text = String::new();
    for event in events {
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "{}", event.name());
        for (name, value) in event.properties() {
            let shown = match value.as_str() {
                Some(id) if is_generated(id) => {
                    let number = seen
                        .iter()
                        .position(|known| known == id)
                        .unwrap_or_else(|| {
                            seen.push(id.to_owned());
                            seen.len() - 1
                        });
                    format!("<id {}>", number + 1)
                }
                _ => value.to_string(),
            };
            let _ = writeln!(text, "  {name}: {shown}");
        }
    }
    text
}

/// Returns whether an id is a UUID. All ids that the library generates are UUIDs.
fn is_generated(id: &str) -> bool {
    id.len() == 36 && uuid::Uuid::try_parse(id).is_ok()
}

impl fmt::Display for CapturedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(snapshot(std::slice::from_ref(self)).trim_end())
    }
}
