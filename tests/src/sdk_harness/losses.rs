//! Describes why events were not delivered.

use copilot_track::Ledger;

use crate::sdk_harness::stderr_log;

/// Describes why events were not delivered. Returns `None` if all events were delivered.
pub fn losses(ledger: &Ledger, by_status: &[(Option<u16>, u64)]) -> Option<String> {
    if ledger.is_all_delivered() {
        return None;
    }
    let dropped = &ledger.dropped;
    let statuses = by_status.iter().map(|(status, events)| match status {
        None => format!("the transport rejected {}", count(*events)),
        Some(status) => format!(
            "the endpoint responded with status {status} to {}",
            count(*events)
        ),
    });
    let others = [
        (dropped.expired, "expired", ""),
        (dropped.invalid, "invalid", "invalid"),
        (dropped.too_large, "too large", "too_large"),
        (dropped.queue_full, "lost to a full queue", "queue_full"),
        (dropped.spool_full, "lost to a full spool", "spool_full"),
        (dropped.hook, "dropped by a hook", "hook"),
        (dropped.reentrant, "tracked inside the library", "reentrant"),
        (dropped.shutdown, "abandoned", "shutdown"),
        (ledger.pending, "not delivered in time", ""),
    ];
    let others = others.into_iter().filter(|(events, ..)| *events > 0);
    let others = others.map(|(events, what, reason)| {
        let explanation =
            stderr_log::explanation(reason).map_or_else(String::new, |text| format!(" ({text})"));
        format!("{} {what}{explanation}", count(events))
    });
    let all: Vec<_> = statuses.chain(others).collect();
    // If none of the above applies, the description is the whole ledger.
    Some(if all.is_empty() {
        ledger.to_string()
    } else {
        all.join("; ")
    })
}

fn count(events: u64) -> String {
    match events {
        1 => "1 event".to_owned(),
        events => format!("{events} events"),
    }
}
