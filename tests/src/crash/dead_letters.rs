//! Reads dead-letter files.

use std::path::Path;

use serde_json::Value;

/// Returns the events in the dead-letter files of a spool's directory.
#[must_use]
pub fn read_dead_letters(directory: &Path) -> Vec<Value> {
    ["dead-letters.jsonl.old", "dead-letters.jsonl"]
        .iter()
        .filter_map(|name| std::fs::read_to_string(directory.join(name)).ok())
        .flat_map(|text| {
            // A kill can leave an incomplete line.
            text.lines()
                .filter_map(|line| serde_json::from_str::<Value>(line).ok())
                .map(|mut letter| letter["event"].take())
                .collect::<Vec<_>>()
        })
        .collect()
}
