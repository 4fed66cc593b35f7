//! Times single calls with the processor's time-stamp counter.

use quanta::Clock;

/// A clock that subtracts the cost of reading it.
pub(crate) struct TickClock {
    clock: Clock,
    /// The average difference between two consecutive readings. It is subtracted from each sample.
    overhead: u64,
}

impl TickClock {
    pub(crate) fn new() -> Self {
        let clock = Clock::new();
        // On some processors, the counter advances in steps of 10 ns, so most consecutive readings
        // are equal. This code therefore averages 1,000 pairs. It takes the median of 64 averages
        // to exclude interruptions.
        let mut distances: Vec<u64> = (0..64)
            .map(|_| {
                let start = clock.raw();
                for _ in 0..1_000 {
                    std::hint::black_box(clock.raw());
                }
                (clock.raw() - start) / 1_001
            })
            .collect();
        distances.sort_unstable();
        let overhead = distances[distances.len() / 2];
        Self { clock, overhead }
    }

    #[inline]
    pub(crate) fn now(&self) -> u64 {
        self.clock.raw()
    }

    pub(crate) fn overhead_ns(&self) -> u64 {
        self.clock.delta_as_nanos(0, self.overhead)
    }

    /// Subtracts the cost of reading the clock from the difference between two readings, and
    /// converts the result to nanoseconds.
    pub(crate) fn nanos(&self, ticks: u64) -> u64 {
        self.clock
            .delta_as_nanos(0, ticks.saturating_sub(self.overhead))
    }
}
