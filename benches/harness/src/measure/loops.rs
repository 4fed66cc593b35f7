//! Call loops: timed as a whole, timed per call, and with pauses between calls.

use std::time::{Duration, Instant};

use crate::clock::TickClock;
use crate::process;
use crate::samples::Samples;
use crate::work::Workload;

/// A loop that makes calls until `calls` or `budget` is reached. It does not time each call.
pub(super) struct UntimedLoop {
    pub(super) calls: u64,
    pub(super) budget: Duration,
}

pub(super) struct LoopTime {
    pub(super) calls: u64,
    pub(super) time: Duration,
    pub(super) cpu: Duration,
}

impl Workload for UntimedLoop {
    type Output = LoopTime;

    fn run(self, mut call: impl FnMut(u64)) -> LoopTime {
        let cpu = process::thread_cpu();
        let start = Instant::now();
        let mut done = 0;
        // Reads the clock rarely, unless the calls are slow.
        let mut block = 16;
        while done < self.calls {
            let begin = start.elapsed();
            let end = self.calls.min(done + block);
            for n in done..end {
                call(n);
            }
            done = end;
            let now = start.elapsed();
            if now > self.budget {
                break;
            }
            if now - begin < Duration::from_millis(10) {
                block = (block * 2).min(8_192);
            }
        }
        LoopTime {
            calls: done,
            time: start.elapsed(),
            cpu: process::thread_cpu() - cpu,
        }
    }
}

/// A loop that makes calls until `calls` or `budget` is reached, and times each call.
pub(super) struct TimedLoop<'a> {
    pub(super) calls: u64,
    pub(super) budget: Duration,
    pub(super) clock: &'a TickClock,
}

impl Workload for TimedLoop<'_> {
    type Output = Samples;

    fn run(self, mut call: impl FnMut(u64)) -> Samples {
        let mut samples = Samples::with_capacity(usize::try_from(self.calls).unwrap_or(0));
        let start = Instant::now();
        let mut spent = 0;
        for n in 0..self.calls {
            let before = self.clock.now();
            call(n);
            let took = self.clock.now() - before;
            samples.push(took);
            spent += took;
            if self.clock.nanos(spent) > 50_000_000 {
                spent = 0;
                if start.elapsed() > self.budget {
                    break;
                }
            }
        }
        samples
    }
}

/// A loop with a pause before each call, as in a lightly loaded service.
pub(super) struct PacedLoop<'a> {
    pub(super) calls: u64,
    pub(super) interval: Duration,
    pub(super) sleep: bool,
    pub(super) budget: Duration,
    pub(super) clock: &'a TickClock,
    /// Whether to print a line at the start and at the end. The measurement of system calls needs
    /// these lines.
    pub(super) prints_markers: bool,
}

impl Workload for PacedLoop<'_> {
    type Output = Samples;

    fn run(self, mut call: impl FnMut(u64)) -> Samples {
        let mut samples = Samples::with_capacity(usize::try_from(self.calls).unwrap_or(0));
        if self.prints_markers {
            eprintln!("begin");
        }
        let start = Instant::now();
        let mut next = start;
        for n in 0..self.calls {
            next += self.interval;
            if self.sleep {
                std::thread::sleep(next.saturating_duration_since(Instant::now()));
            } else {
                while Instant::now() < next {
                    std::hint::spin_loop();
                }
            }
            let before = self.clock.now();
            call(n);
            samples.push(self.clock.now() - before);
            if start.elapsed() > self.budget {
                break;
            }
        }
        if self.prints_markers {
            eprintln!("end");
        }
        samples
    }
}

pub(super) fn nanos_per(time: Duration, calls: u64) -> f64 {
    time.as_secs_f64() * 1e9 / calls.max(1) as f64
}
