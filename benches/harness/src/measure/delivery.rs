//! Throughput, exit and shutdown: calls whose events are delivered.

use std::time::{Duration, Instant};

use crate::args::Args;
use crate::function::Kind;
use crate::measure::loops::Loop;
use crate::peer::Peer;
use crate::process;

pub(super) fn emit<P: Peer>(peer: &P, kind: Kind, calls: u64) {
    peer.on_thread(
        kind,
        Loop {
            calls,
            budget: Duration::from_secs(60),
        },
    );
}

/// From the first call to the arrival of the last event.
pub(super) fn throughput<P: Peer>(peer: &P, args: &Args) -> Result<(), String> {
    let calls = args.number("calls", 1_000_000)?;
    let budget = args.millis("budget", 30_000)?;
    let patience = args.millis("patience", 60_000)?;
    let before = process::peak_kib();
    let cpu = process::cpu();
    let start = Instant::now();
    let took = peer.on_thread(args.kind(), Loop { calls, budget });
    let settled = peer.settle(patience);
    println!("seconds {:.6}", start.elapsed().as_secs_f64());
    println!("cpu_seconds {:.6}", (process::cpu() - cpu).as_secs_f64());
    println!("calls {}", took.calls);
    println!("calling_seconds {:.6}", took.time.as_secs_f64());
    println!("settled {}", u8::from(settled));
    println!("dropped {}", peer.dropped());
    println!("start_kib {before}");
    println!("peak_kib {}", process::peak_kib());
    Ok(())
}

/// How long a flush, and then a shutdown, take against a server that never answers.
pub(super) fn shutdown<P: Peer>(peer: &P, args: &Args) -> Result<(), String> {
    emit(peer, args.kind(), args.number("calls", 1_000)?);
    let deadline = args.millis("deadline", 1_000)?;
    let start = Instant::now();
    let settled = peer.settle(deadline);
    println!("seconds {:.6}", start.elapsed().as_secs_f64());
    println!("deadline {:.6}", deadline.as_secs_f64());
    println!("settled {}", u8::from(settled));
    let start = Instant::now();
    if let Some(rest) = peer.shut_down(deadline) {
        println!("shutdown_seconds {:.6}", start.elapsed().as_secs_f64());
        println!("rest {rest}");
    }
    Ok(())
}
