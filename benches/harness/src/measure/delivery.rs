//! Throughput, exit, and shutdown.

use std::time::{Duration, Instant};

use crate::args::Args;
use crate::function::Function;
use crate::measure::loops::UntimedLoop;
use crate::peer::Peer;
use crate::process;

pub(super) fn emit<P: Peer>(peer: &P, function: Function, calls: u64) {
    peer.on_thread(
        function,
        UntimedLoop {
            calls,
            budget: Duration::from_secs(60),
        },
    );
}

/// Measures the time from the first call to the delivery of the last event.
pub(super) fn throughput<P: Peer>(peer: &P, args: &Args) -> Result<(), String> {
    let calls = args.number("calls", 1_000_000)?;
    let budget = args.millis("budget", 30_000)?;
    let timeout = args.millis("timeout", 60_000)?;
    let before = process::peak_kib();
    let cpu = process::cpu();
    let start = Instant::now();
    let took = peer.on_thread(args.function(), UntimedLoop { calls, budget });
    let flushed = peer.flush(timeout);
    println!("seconds {:.6}", start.elapsed().as_secs_f64());
    println!("cpu_seconds {:.6}", (process::cpu() - cpu).as_secs_f64());
    println!("calls {}", took.calls);
    println!("calling_seconds {:.6}", took.time.as_secs_f64());
    println!("flushed {}", u8::from(flushed));
    println!("dropped {}", peer.dropped());
    println!("start_kib {before}");
    println!("peak_kib {}", process::peak_kib());
    Ok(())
}

/// Measures how long a flush and then a shutdown take, with a server that never responds.
pub(super) fn shutdown<P: Peer>(peer: &P, args: &Args) -> Result<(), String> {
    emit(peer, args.function(), args.number("calls", 1_000)?);
    let deadline = args.millis("deadline", 1_000)?;
    let start = Instant::now();
    let flushed = peer.flush(deadline);
    println!("seconds {:.6}", start.elapsed().as_secs_f64());
    println!("deadline {:.6}", deadline.as_secs_f64());
    println!("flushed {}", u8::from(flushed));
    let start = Instant::now();
    if let Some(undelivered) = peer.shut_down(deadline) {
        println!("shutdown_seconds {:.6}", start.elapsed().as_secs_f64());
        println!("undelivered {undelivered}");
    }
    Ok(())
}
