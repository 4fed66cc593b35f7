//! Writes `docs/performance.md` from the results.

mod better_peers;
mod plot;
mod sections;
mod table;
mod targets;

use std::fmt::Write as _;

use crate::machine;
use crate::results::Results;
use crate::workspace::root;

/// The facts about the run that the page states.
pub(crate) struct Run {
    pub(crate) rounds: usize,
    pub(crate) load: f64,
    pub(crate) minutes: f64,
    pub(crate) versions: String,
}

/// Writes the page and its plot to `docs/`.
pub(crate) fn write(results: &Results, run: &Run) -> Result<(), String> {
    let docs = root().join("../docs");
    let put = |name: &str, text: &str| {
        std::fs::write(docs.join(name), text).map_err(|error| format!("{name}: {error}"))
    };
    put("performance.md", &page(results, run))?;
    put("performance.svg", &plot::draw(results))
}

pub(crate) fn page(results: &Results, run: &Run) -> String {
    let mut page = String::new();
    let _ = write!(
        page,
        "# Performance

This page shows the cost of one annotated call and of one event, with this library and with its
alternatives. All figures come from one run of `benches/run`. You can repeat the run.

- **Date and machine:** {date}; {machine}.
- **Run:** {rounds} rounds, {minutes:.0} minutes. In each round, the libraries take turns, and each
  measurement runs in its own process. Figures are medians over the rounds, with the minimum and the
  maximum in parentheses. The load average before the run was {load:.1}. If it is much above 0, other
  work was running on the machine, and wall-clock times are too long.
- **Versions:** {versions}. Each library is built separately in cargo's release profile, so it is not
  compiled with features that another library enables.
- **Function:** an async tool handler that does almost nothing, so the cost of the instrumentation
  dominates. It is polled at the call site, and its event is Action Invoked. The columns with *reply*
  measure a function that returns a string of about 70 bytes and whose event is Message Received.
- **Server:** a separate process that receives the events on the loopback interface and counts them.

![Time of one annotated call](performance.svg)

",
        date = machine::date(),
        machine = machine::describe(),
        rounds = run.rounds,
        load = run.load,
        minutes = run.minutes,
        versions = run.versions,
    );
    page.push_str(&targets::section(results));
    page.push_str(&sections::sections(results));
    page.push_str(&better_peers::section(results));
    page
}
