//! Exports the ledger through the `metrics` facade.

use std::collections::BTreeMap;

use crate::ledger::counters::Counters;
use crate::ledger::counts::Ledger;

/// An exporter that reports what has changed since its previous export.
#[derive(Debug, Default)]
pub(crate) struct MetricsExporter {
    exported: Ledger,
    /// The exported number of rejected events for each status.
    rejected: BTreeMap<Option<u16>, u64>,
}

impl MetricsExporter {
    /// Exports the changes. Counters are incremented instead of set, so that the values of all
    /// trackers in a process add up.
    pub(crate) fn export(&mut self, counters: &Counters) {
        let now = counters.read();
        // If the recorder tracked events, the export would change the counts and thereby cause
        // another export. The number of such events, which are dropped, is therefore exported only
        // when another count changes.
        if without_reentrant(self.exported) == without_reentrant(now) {
            return;
        }
        let before = std::mem::replace(&mut self.exported, now);
        let add = |name: &'static str, before: u64, now: u64| {
            metrics::counter!(name).increment(now.saturating_sub(before));
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
            metrics::counter!("copilot_track_dropped_total", "reason" => reason)
                .increment(now.saturating_sub(before));
        }
        if now.dropped.rejected > before.dropped.rejected {
            for (status, now) in counters.rejected_by_status() {
                let before = self.rejected.insert(status, now).unwrap_or_default();
                let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
                metrics::counter!("copilot_track_rejected_total", "status" => status)
                    .increment(now.saturating_sub(before));
            }
        }
        // The gauge is also a sum over all trackers.
        let gauge = metrics::gauge!("copilot_track_pending");
        #[allow(
            clippy::cast_precision_loss,
            reason = "the number of pending events is far below 2^52"
        )]
        if now.pending >= before.pending {
            gauge.increment((now.pending - before.pending) as f64);
        } else {
            gauge.decrement((before.pending - now.pending) as f64);
        }
    }
}

/// Returns the ledger without the events that were tracked from inside the library.
fn without_reentrant(mut ledger: Ledger) -> Ledger {
    let reentrant = std::mem::take(&mut ledger.dropped.reentrant);
    ledger.emitted = ledger.emitted.saturating_sub(reentrant);
    ledger
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::{Arc, Mutex};

    use ::metrics::{
        Counter, Gauge, Histogram, Key, KeyName, Label, Metadata, Recorder, SharedString, Unit,
        with_local_recorder,
    };

    use super::*;
    use crate::ledger::counters::Counters;
    use crate::ledger::drop_reason::DropReason;

    #[derive(Default)]
    struct Sums(Mutex<BTreeMap<String, Arc<AtomicU64>>>);

    impl Sums {
        fn of(&self, key: &Key) -> Arc<AtomicU64> {
            let labels: Vec<_> = key.labels().map(Label::value).collect();
            let mut sums = self.0.lock().unwrap();
            Arc::clone(
                sums.entry([&[key.name()], &*labels].concat().join(" "))
                    .or_default(),
            )
        }

        fn get(&self, name: &str) -> f64 {
            let bits = self.0.lock().unwrap()[name].load(Ordering::Relaxed);
            if name.ends_with("pending") {
                f64::from_bits(bits)
            } else {
                f64::from(u32::try_from(bits).unwrap())
            }
        }
    }

    impl Recorder for Sums {
        fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

        fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
            Counter::from_arc(self.of(key))
        }

        fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
            Gauge::from_arc(self.of(key))
        }

        fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
            Histogram::noop()
        }
    }

    /// A recorder that tracks an event for each export.
    struct Tracks(Arc<Counters>, AtomicU64);

    impl ::metrics::CounterFn for Tracks {
        fn increment(&self, _: u64) {
            self.0.count_reentrant();
            self.1.fetch_add(1, Ordering::Relaxed);
        }

        fn absolute(&self, _: u64) {}
    }

    struct TracksRecorder(Arc<Tracks>);

    impl Recorder for TracksRecorder {
        fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

        fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
            Counter::from_arc(Arc::clone(&self.0))
        }

        fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
            Gauge::noop()
        }

        fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
            Histogram::noop()
        }
    }

    #[test]
    fn a_recorder_that_tracks_events_does_not_cause_the_next_export() {
        let counters = Arc::new(Counters::default());
        let tracks = Arc::new(Tracks(Arc::clone(&counters), AtomicU64::new(0)));
        let exports = || tracks.1.load(Ordering::Relaxed);
        let mut metrics = MetricsExporter::default();
        with_local_recorder(&TracksRecorder(Arc::clone(&tracks)), || {
            counters.count_emitted();
            metrics.export(&counters);
            let first = exports();
            assert!(first > 0 && counters.read().dropped.reentrant == first);
            metrics.export(&counters);
            metrics.export(&counters);
            assert_eq!(exports(), first);
            // The next change is exported.
            counters.count_delivered(1);
            metrics.export(&counters);
            assert!(exports() > first);
        });
    }

    #[test]
    fn the_trackers_of_a_process_add_up() {
        let sums = Sums::default();
        with_local_recorder(&sums, || {
            for _ in 0..2 {
                let (counters, mut metrics) = (Counters::default(), MetricsExporter::default());
                for _ in 0..5 {
                    counters.count_emitted();
                }
                metrics.export(&counters);
                counters.count_delivered(2);
                counters.count_dropped(DropReason::Hook, 1);
                counters.count_dropped(DropReason::Rejected { status: Some(400) }, 1);
                counters.count_dropped(DropReason::Rejected { status: None }, 1);
                metrics.export(&counters);
                metrics.export(&counters);
            }
        });
        let exported = |name: &str| sums.get(&format!("copilot_track_{name}"));
        let close = |a: f64, b: f64| (a - b).abs() < f64::EPSILON;
        assert!(close(exported("emitted_total"), 10.0));
        assert!(close(exported("delivered_total"), 4.0));
        assert!(close(exported("dropped_total hook"), 2.0));
        assert!(close(exported("dropped_total rejected"), 4.0));
        assert!(close(exported("rejected_total 400"), 2.0));
        assert!(close(exported("rejected_total none"), 2.0));
        assert!(close(exported("batches_total"), 2.0));
        assert!(close(exported("pending"), 0.0));
    }
}
