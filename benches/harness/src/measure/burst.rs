//! Calls in bursts.

use std::time::Duration;

use crate::args::Args;
use crate::clock::TickClock;
use crate::measure::loops::{TimedLoop, UntimedLoop, nanos_per};
use crate::measure::threads::on_threads;
use crate::peer::Peer;
use crate::samples::Samples;

const FLUSH_TIMEOUT: Duration = Duration::from_secs(20);

/// Measures the mean and the distribution of call times in bursts, on one or more threads.
pub(super) fn burst<P: Peer>(peer: &P, args: &Args) -> Result<(), String> {
    let threads = args.number("threads", 1)?;
    let calls = args.number("calls", 100_000)? / threads;
    let bursts = args.number("bursts", 4)?;
    let budget = args.millis("budget", 1_500)?;
    let flushes = args.number("flush", 1)? == 1;
    let function = args.function();
    let clock = TickClock::new();
    let flush = || {
        let flushed = !flushes || peer.flush(FLUSH_TIMEOUT);
        peer.clear_captured();
        flushed
    };

    on_threads(peer, function, threads, || UntimedLoop {
        calls: calls / 10,
        budget,
    });
    let mut flushed = flush();
    let mut means = Vec::new();
    let mut made = 0;
    for _ in 0..bursts {
        let took = on_threads(peer, function, threads, || UntimedLoop { calls, budget });
        made += took.iter().map(|took| took.calls).sum::<u64>();
        let each: Vec<f64> = took
            .iter()
            .map(|took| nanos_per(took.time, took.calls))
            .collect();
        let cpu: Duration = took.iter().map(|took| took.cpu).sum();
        let calls: u64 = took.iter().map(|took| took.calls).sum();
        means.push((
            each.iter().sum::<f64>() / each.len() as f64,
            nanos_per(cpu, calls),
        ));
        flushed &= flush();
    }
    means.sort_by(|a, b| a.0.total_cmp(&b.0));
    println!("mean {:.1}", means[means.len() / 2].0);
    means.sort_by(|a, b| a.1.total_cmp(&b.1));
    println!("cpu {:.1}", means[means.len() / 2].1);

    let mut all = Samples::with_capacity(0);
    for _ in 0..bursts {
        for samples in on_threads(peer, function, threads, || TimedLoop {
            calls,
            budget,
            clock: &clock,
        }) {
            all.extend(&samples);
        }
        flushed &= flush();
    }
    all.print(&clock);
    println!("calls {made}");
    println!("flushed {}", u8::from(flushed));
    println!("dropped {}", peer.dropped());
    Ok(())
}
