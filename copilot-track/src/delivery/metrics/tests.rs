//! Tests with recorders that sum, track events, or panic.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Label, Metadata, Recorder, SharedString, Unit,
    with_local_recorder,
};
use serde::{Serialize, Serializer};

use crate::delivery::metrics::MetricsExporter;
use crate::event::custom::CustomEvent;
use crate::event::properties::writer::Properties;
use crate::event::track_event::TrackEvent;
use crate::event::user::User;
use crate::ledger::counters::Counters;
use crate::ledger::drop_reason::DropReason;
use crate::tracker::tracker::Tracker;

#[derive(Default)]
struct Sums {
    sums: Mutex<BTreeMap<String, Arc<AtomicU64>>>,
    /// The metric for which the recorder panics.
    panics_for: Option<&'static str>,
}

impl Sums {
    fn of(&self, key: &Key) -> Arc<AtomicU64> {
        assert_ne!(self.panics_for, Some(key.name()));
        let labels: Vec<_> = key.labels().map(Label::value).collect();
        let mut sums = self.sums.lock().unwrap();
        Arc::clone(
            sums.entry([&[key.name()], &*labels].concat().join(" "))
                .or_default(),
        )
    }

    fn get(&self, name: &str) -> f64 {
        let bits = self.sums.lock().unwrap()[name].load(Ordering::Relaxed);
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
            assert!((sums.get("copilot_track_pending") - 5.0).abs() < f64::EPSILON);
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

/// A value whose `Serialize` implementation selects the recorder of the delivery thread.
struct Installs(&'static Sums);

impl Serialize for Installs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The recorder stays selected until the thread ends.
        std::mem::forget(::metrics::set_default_local_recorder(self.0));
        serializer.serialize_u8(1)
    }
}

/// An event with one property.
struct Installing(Installs);

impl TrackEvent for Installing {
    fn name(&self) -> Cow<'static, str> {
        "Installing".into()
    }

    fn write_properties(&self, properties: &mut Properties<'_>) {
        properties.property("value", &self.0);
    }
}

fn tracker_with_recorder(sums: &'static Sums) -> Tracker {
    let tracker = Tracker::builder().json_lines(io::sink()).build().unwrap();
    let user = User::known("1").unwrap();
    tracker.track(&user, Installing(Installs(sums)));
    tracker
}

#[test]
fn the_counts_are_exported_before_a_wait_returns() {
    let close = |a: f64, b: f64| (a - b).abs() < f64::EPSILON;
    for _ in 0..20 {
        let sums: &'static Sums = Box::leak(Box::default());
        let tracker = tracker_with_recorder(sums);
        let exported = |name: &str| sums.get(&format!("copilot_track_{name}"));
        assert!(tracker.flush_blocking(Duration::MAX).is_all_delivered());
        assert!(close(exported("delivered_total"), 1.0));
        // The first event may have been exported as emitted before its recorder was selected.
        let (emitted, pending) = (exported("emitted_total"), exported("pending"));
        let user = User::known("1").unwrap();
        let event = || CustomEvent::new("X").unwrap().property("x", 1);
        tracker.track(&user, event());
        assert!(tracker.flush_blocking(Duration::MAX).is_all_delivered());
        assert!(close(exported("emitted_total") - emitted, 1.0));
        assert!(close(exported("delivered_total"), 2.0));
        assert!(close(exported("pending"), pending));
        for _ in 0..3 {
            tracker.track(&user, event());
        }
        assert!(tracker.shutdown_blocking(Duration::MAX).is_all_delivered());
        assert!(close(exported("emitted_total") - emitted, 4.0));
        assert!(close(exported("delivered_total"), 5.0));
        assert!(close(exported("pending"), pending));
    }
}

#[test]
fn a_recorder_that_panics_loses_only_its_own_change() {
    let sums: &'static Sums = Box::leak(Box::new(Sums {
        panics_for: Some("copilot_track_delivered_total"),
        ..Sums::default()
    }));
    let tracker = tracker_with_recorder(sums);
    assert!(tracker.flush_blocking(Duration::MAX).is_all_delivered());
    let user = User::known("1").unwrap();
    tracker.track(&user, CustomEvent::new("X").unwrap().property("x", 1));
    assert!(tracker.shutdown_blocking(Duration::MAX).is_all_delivered());
    let batches = sums.get("copilot_track_batches_total");
    assert!((batches - 2.0).abs() < f64::EPSILON, "{batches}");
}
