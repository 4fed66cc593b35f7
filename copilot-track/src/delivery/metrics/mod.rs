//! Exports the ledger through the `metrics` facade.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::ledger::counters::Counters;
use crate::ledger::counts::Ledger;
use crate::util::{panics, reentrancy};

/// An exporter that reports what has changed since its previous export.
#[derive(Debug, Default)]
pub(crate) struct MetricsExporter {
    exported: Ledger,
    /// The exported number of rejected events for each status.
    rejected: BTreeMap<Option<u16>, u64>,
    /// Whether a panic of the recorder was logged.
    warned: bool,
}

impl MetricsExporter {
    /// Exports the changes. Counters are incremented instead of set, so that the values of all
    /// trackers in a process add up.
    ///
    /// If the recorder panics, the change that it was given is lost.
    pub(crate) fn export(&mut self, counters: &Counters) {
        let now = counters.read();
        // If the recorder tracked events, the export would change the counts and thereby cause
        // another export. The number of such events, which are dropped, is therefore exported only
        // when another count changes.
        if without_reentrant(self.exported) == without_reentrant(now) {
            return;
        }
        let before = std::mem::replace(&mut self.exported, now);
        let mut panicked = false;
        let mut record = |export: &mut dyn FnMut()| panicked |= panics::catch(export).is_none();
        let mut add = |name: &'static str, before: u64, now: u64| {
            record(&mut || metrics::counter!(name).increment(now.saturating_sub(before)));
        };
        add("copilot_track_emitted_total", before.emitted, now.emitted);
        add(
            "copilot_track_delivered_total",
            before.delivered,
            now.delivered,
        );
        add("copilot_track_retries_total", before.retries, now.retries);
        add(
            "copilot_track_truncated_total",
            before.truncated,
            now.truncated,
        );
        add("copilot_track_batches_total", before.batches, now.batches);
        add(
            "copilot_track_recovered_total",
            before.recovered,
            now.recovered,
        );
        add(
            "copilot_track_sampled_out_total",
            before.sampled_out,
            now.sampled_out,
        );
        add(
            "copilot_track_quarantined_total",
            before.quarantined,
            now.quarantined,
        );
        for ((reason, before), (_, now)) in before.dropped.iter().zip(now.dropped.iter()) {
            record(&mut || {
                metrics::counter!("copilot_track_dropped_total", "reason" => reason)
                    .increment(now.saturating_sub(before));
            });
        }
        if now.dropped.rejected > before.dropped.rejected {
            for (status, now) in counters.rejected_by_status() {
                let before = self.rejected.insert(status, now).unwrap_or_default();
                let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
                record(&mut || {
                    metrics::counter!("copilot_track_rejected_total", "status" => status.clone())
                        .increment(now.saturating_sub(before));
                });
            }
        }
        // The gauge is also a sum over all trackers.
        #[allow(
            clippy::cast_precision_loss,
            reason = "the number of pending events is far below 2^52"
        )]
        record(&mut || {
            let gauge = metrics::gauge!("copilot_track_pending");
            if now.pending >= before.pending {
                gauge.increment((now.pending - before.pending) as f64);
            } else {
                gauge.decrement((before.pending - now.pending) as f64);
            }
        });
        if panicked && !std::mem::replace(&mut self.warned, true) {
            reentrancy::log(|| {
                tracing::warn!(
                    "the metrics recorder panicked; the metrics of copilot events are incomplete"
                );
            });
        }
    }
}

/// Returns the ledger without the events that were tracked from inside the library.
fn without_reentrant(mut ledger: Ledger) -> Ledger {
    let reentrant = std::mem::take(&mut ledger.dropped.reentrant);
    ledger.emitted = ledger.emitted.saturating_sub(reentrant);
    ledger
}
