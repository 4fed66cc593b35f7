//! SARIF reports, version 2.1.0.

use std::fmt::Write as _;

use copilot_track_plan::FindingKind;
use serde_json::{Value, json};

use crate::outcome::{Found, Outcome};

/// Returns the report.
pub(crate) fn report(outcome: &Outcome) -> String {
    let rules: Vec<Value> = FindingKind::ALL
        .into_iter()
        .map(|kind| {
            json!({ "id": kind.as_str(), "shortDescription": { "text": kind.description() } })
        })
        .collect();
    let results: Vec<Value> = outcome.found.iter().map(result).collect();
    let report = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "copilot-track-plan",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "results": results,
        }],
    });
    format!("{report:#}\n")
}

fn result(
    Found {
        file,
        line,
        finding,
    }: &Found,
) -> Value {
    json!({
        "ruleId": finding.kind.as_str(),
        "level": "error",
        "message": { "text": finding.to_string() },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(file) },
            "region": { "startLine": line },
        } }],
        "partialFingerprints": { "key/v1": finding.key() },
    })
}

/// Returns a relative URI for a path.
fn uri(file: &str) -> String {
    let mut uri = String::new();
    for byte in file.replace('\\', "/").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => {
                // Writing to a string does not fail.
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}
