//! Polls of futures and streams.

use std::time::Instant;

use crate::args::Args;
use crate::measure::loops::nanos_per;

pub(super) fn per_poll(args: &Args, polls: impl Fn(u64) -> bool) -> Result<(), String> {
    let n = args.number("calls", 2_000_000)?;
    if !polls(n / 10) {
        return Err("the library has no scope or instrumented stream".to_owned());
    }
    let mut each = Vec::new();
    for _ in 0..args.number("bursts", 5)? {
        let start = Instant::now();
        polls(n);
        each.push(nanos_per(start.elapsed(), n));
    }
    each.sort_by(f64::total_cmp);
    println!("mean {:.2}", each[each.len() / 2]);
    Ok(())
}
