//! Calls in bursts.

use std::time::Duration;

use crate::args::Args;
use crate::clock::Ticks;
use crate::measure::loops::{Loop, Timed, nanos_per};
use crate::measure::threads::on_threads;
use crate::peer::Peer;
use crate::samples::Samples;

const PATIENCE: Duration = Duration::from_secs(20);

/// The mean and the distribution of calls as fast as they can be made, on one thread or several.
pub(super) fn burst<P: Peer>(peer: &P, args: &Args) -> Result<(), String> {
    let threads = args.number("threads", 1)?;
    let calls = args.number("calls", 100_000)? / threads;
    let bursts = args.number("bursts", 4)?;
    let budget = args.millis("budget", 1_500)?;
    let settles = args.number("settle", 1)? == 1;
    let kind = args.kind();
    let clock = Ticks::new();
    let settle = || {
        let settled = !settles || peer.settle(PATIENCE);
        peer.forget();
        settled
    };

    on_threads(peer, kind, threads, || Loop {
        calls: calls / 10,
        budget,
    });
    let mut settled = settle();
    let mut means = Vec::new();
    let mut made = 0;
    for _ in 0..bursts {
        let took = on_threads(peer, kind, threads, || Loop { calls, budget });
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
        settled &= settle();
    }
    means.sort_by(|a, b| a.0.total_cmp(&b.0));
    println!("mean {:.1}", means[means.len() / 2].0);
    means.sort_by(|a, b| a.1.total_cmp(&b.1));
    println!("cpu {:.1}", means[means.len() / 2].1);

    let mut all = Samples::with_room(0);
    for _ in 0..bursts {
        for samples in on_threads(peer, kind, threads, || Timed {
            calls,
            budget,
            clock: &clock,
        }) {
            all.extend(&samples);
        }
        settled &= settle();
    }
    all.print(&clock);
    println!("calls {made}");
    println!("settled {}", u8::from(settled));
    println!("dropped {}", peer.dropped());
    Ok(())
}
