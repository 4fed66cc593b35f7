//! Allocations per call.

use std::time::Duration;

use crate::allocations::CountAllocations;
use crate::args::Args;
use crate::peer::Peer;
use crate::work::Workload;

const FLUSH_TIMEOUT: Duration = Duration::from_secs(20);

/// Measures the allocations on the caller's thread in a steady state.
pub(super) fn allocations<P: Peer>(
    peer: &P,
    args: &Args,
    count: Option<CountAllocations>,
) -> Result<(), String> {
    let count = count.ok_or("this program does not count allocations")?;
    let calls = args.number("calls", 20_000)?;
    let function = args.function();
    struct Counted(u64, CountAllocations);
    impl Workload for Counted {
        type Output = u64;
        fn run(self, mut call: impl FnMut(u64)) -> u64 {
            (self.1)(&mut || (0..self.0).for_each(&mut call))
        }
    }
    let mut each = Vec::new();
    for _ in 0..4 {
        each.push(peer.on_thread(function, Counted(calls, count)) as f64 / calls as f64);
        peer.flush(FLUSH_TIMEOUT);
        peer.clear_captured();
    }
    println!("allocations {:.3}", each[each.len() - 1]);
    Ok(())
}
