//! Figures that are computed from other figures.

use std::collections::BTreeMap;

use crate::subjects::{OURS, Subject};

/// Computes more figures from those of the program and the server, and adds them to `values`.
pub(crate) fn derive(values: &mut BTreeMap<String, f64>, subject: Subject, calls: Option<f64>) {
    let get = |name: &str| values.get(name).copied();
    let Some(calls) = get("calls").or(calls) else {
        return;
    };
    // Besides one event per call, copilot-track sends Conversation Started and Message Sent.
    let emitted = if subject == OURS { calls + 2.0 } else { calls };
    let mut add = Vec::new();
    if let Some(events) = get("server_events") {
        let lost = (emitted - events).max(0.0);
        add.push(("share", events / emitted));
        add.push(("lost", lost));
        add.push(("uncounted", (lost - get("dropped").unwrap_or(0.0)).abs()));
        if let Some(rest) = get("undelivered") {
            add.push(("unreported", (lost - rest).abs()));
        }
        if events > 0.0 {
            if let Some(seconds) = get("seconds") {
                add.push(("events_per_second", events / seconds));
            }
            if let Some(cpu) = get("cpu_seconds") {
                add.push(("cpu_per_million", cpu / events * 1e6));
            }
            for (name, counted) in [
                ("event_bytes", "server_bytes"),
                ("event_compressed", "server_compressed"),
            ] {
                add.extend(get(counted).map(|total| (name, total / events)));
            }
            if let Some(requests) = get("server_requests") {
                add.push(("events_per_request", events / requests));
            }
        }
    }
    values.extend(
        add.into_iter()
            .map(|(name, value)| (name.to_owned(), value)),
    );
}
