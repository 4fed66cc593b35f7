//! The measurements. Each runs in its own process.

mod allocations;
mod burst;
mod delivery;
mod idle;
mod loops;
mod polls;
mod threads;

use crate::allocations::CountAllocations;
use crate::args::Args;
use crate::peer::Peer;

use allocations::allocations;
use burst::burst;
use delivery::{emit, shutdown, throughput};
use idle::idle;
use polls::per_poll;

pub(crate) fn run<P: Peer>(args: &Args, count: Option<CountAllocations>) -> Result<(), String> {
    let peer = P::set_up(args)?;
    match args.measure.as_str() {
        "burst" => burst(&peer, args)?,
        "idle" => idle(&peer, args)?,
        "allocations" => allocations(&peer, args, count)?,
        "throughput" => throughput(&peer, args)?,
        "exit" => emit(&peer, args.function(), args.number("calls", 100)?),
        "shutdown" => shutdown(&peer, args)?,
        "scope" => per_poll(args, |n| peer.scope_polls(n))?,
        "stream" => per_poll(args, |n| peer.stream_items(n))?,
        other => return Err(format!("unknown measurement `{other}`")),
    }
    // The peer goes out of scope here, as at the end of a `main` that does not flush.
    drop(peer);
    Ok(())
}
