//! Calls with pauses.

use std::time::Duration;

use crate::args::Args;
use crate::clock::Ticks;
use crate::measure::loops::Paced;
use crate::peer::Peer;

pub(super) fn idle<P: Peer>(peer: &P, args: &Args) -> Result<(), String> {
    let clock = Ticks::new();
    let kind = args.kind();
    let work = |calls, marked| {
        Ok::<_, String>(Paced {
            calls,
            apart: Duration::from_micros(args.number("apart", 1_000)?),
            sleep: args.number("sleep", 1)? == 1,
            budget: args.millis("budget", 10_000)?,
            clock: &clock,
            marked,
        })
    };
    peer.on_thread(kind, work(50, false)?);
    let samples = peer.on_thread(kind, work(args.number("calls", 2_000)?, true)?);
    samples.print(&clock);
    Ok(())
}
