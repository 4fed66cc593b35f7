//! Why not everything was delivered.

use copilot_track::Ledger;

use crate::sdk_harness::stderr_log;

/// Why not everything was delivered, in words; `None` if it was.
pub fn losses(ledger: &Ledger, by_status: &[(u16, u64)]) -> Option<String> {
    if ledger.is_all_delivered() {
        return None;
    }
    let dropped = &ledger.dropped;
    let statuses = by_status.iter().map(|(status, events)| match status {
        0 => format!("the transport refused {}", count(*events)),
        _ => format!("the endpoint answered {status} to {}", count(*events)),
    });
    let others = [
        (dropped.expired, "given up", ""),
        (dropped.invalid, "not sendable", "invalid"),
        (dropped.too_large, "too large", "too_large"),
        (dropped.queue_full, "lost to a full queue", "queue_full"),
        (dropped.spool_full, "lost to a full spool", "spool_full"),
        (dropped.hook, "dropped by a hook", "hook"),
        (dropped.shutdown, "abandoned", "shutdown"),
        (ledger.pending, "not delivered in time", ""),
    ];
    let others = others.into_iter().filter(|(events, ..)| *events > 0);
    let others = others.map(|(events, what, reason)| {
        let why = stderr_log::why(reason).map_or_else(String::new, |why| format!(" ({why})"));
        format!("{} {what}{why}", count(events))
    });
    let all: Vec<_> = statuses.chain(others).collect();
    // The whole account, if none of the above tells it.
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
