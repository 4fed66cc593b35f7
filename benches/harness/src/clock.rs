//! The clock for single calls: the processor's time-stamp counter.

use quanta::Clock;

/// A clock, and what reading it costs.
pub(crate) struct TickClock {
    clock: Clock,
    /// How far two readings in a row are interval on average: taken from each sample.
    overhead: u64,
}

impl TickClock {
    pub(crate) fn new() -> Self {
        let clock = Clock::new();
        // The counter of some processors steps by 10 ns, so that most pairs of readings are equal;
        // and whatever interrupts a pair would count, were it not for the many.
        let mut interval: Vec<u64> = (0..64)
            .map(|_| {
                let start = clock.raw();
                for _ in 0..1_000 {
                    std::hint::black_box(clock.raw());
                }
                (clock.raw() - start) / 1_001
            })
            .collect();
        interval.sort_unstable();
        let overhead = interval[interval.len() / 2];
        Self { clock, overhead }
    }

    #[inline]
    pub(crate) fn now(&self) -> u64 {
        self.clock.raw()
    }

    pub(crate) fn overhead_ns(&self) -> u64 {
        self.clock.delta_as_nanos(0, self.overhead)
    }

    /// Nanoseconds between two readings, without what the clock itself costs.
    pub(crate) fn nanos(&self, ticks: u64) -> u64 {
        self.clock
            .delta_as_nanos(0, ticks.saturating_sub(self.overhead))
    }
}
