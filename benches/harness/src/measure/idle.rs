//! Calls with pauses between them.

use std::time::Duration;

use crate::args::Args;
use crate::clock::TickClock;
use crate::measure::loops::PacedLoop;
use crate::peer::Peer;

pub(super) fn idle<P: Peer>(peer: &P, args: &Args) -> Result<(), String> {
    let clock = TickClock::new();
    let function = args.function();
    let work = |calls, prints_markers| {
        Ok::<_, String>(PacedLoop {
            calls,
            interval: Duration::from_micros(args.number("interval", 1_000)?),
            sleep: args.number("sleep", 1)? == 1,
            budget: args.millis("budget", 10_000)?,
            clock: &clock,
            prints_markers,
        })
    };
    peer.on_thread(function, work(50, false)?);
    let samples = peer.on_thread(function, work(args.number("calls", 2_000)?, true)?);
    samples.print(&clock);
    Ok(())
}
