//! The times of single calls.

use crate::clock::TickClock;

/// A buffer of samples whose memory is written in advance, so that no page faults occur during a
/// measurement.
pub(crate) struct Samples {
    ticks: Vec<u64>,
    taken: usize,
}

impl Samples {
    pub(crate) fn with_capacity(samples: usize) -> Self {
        Self {
            ticks: vec![u64::MAX; samples],
            taken: 0,
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, ticks: u64) {
        if let Some(place) = self.ticks.get_mut(self.taken) {
            *place = ticks;
            self.taken += 1;
        }
    }

    pub(crate) fn extend(&mut self, other: &Self) {
        self.ticks.truncate(self.taken);
        self.ticks.extend_from_slice(&other.ticks[..other.taken]);
        self.taken += other.taken;
    }

    pub(crate) fn print(mut self, clock: &TickClock) {
        self.ticks.truncate(self.taken);
        self.ticks.sort_unstable();
        let samples = self.ticks.len();
        println!("samples {samples}");
        println!("clock_ns {}", clock.overhead_ns());
        if samples == 0 {
            return;
        }
        for (name, share) in [("p50", 0.5), ("p99", 0.99), ("p999", 0.999), ("max", 1.0)] {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss
            )]
            let place = ((samples as f64 * share) as usize).min(samples - 1);
            println!("{name} {}", clock.nanos(self.ticks[place]));
        }
    }
}
