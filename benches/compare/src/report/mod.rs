//! `docs/performance.md`, from nothing but what was measured.

mod better_peers;
mod plot;
mod sections;
mod table;
mod targets;

use std::fmt::Write as _;

use crate::machine;
use crate::results::Results;
use crate::workspace::root;

/// What is said of the run as a whole.
pub(crate) struct Run {
    pub(crate) rounds: usize,
    pub(crate) load: f64,
    pub(crate) minutes: f64,
    pub(crate) versions: String,
}

/// Writes the page and its plot.
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

One function and one event through this library and through what one would take instead. Every
figure on this page was written by one run of `benches/run`, which you can repeat.

- **When and where:** {date}; {machine}.
- **The run:** {rounds} rounds, in which every subject has its turn one after the other, each
  measurement in a process of its own; {minutes:.0} minutes. Figures are medians over the rounds, with the
  least and the greatest in parentheses. Before it began, {load:.1} processes on average wanted to run: if that is much above
  0, the machine was busy with something else, and times by the clock are too long.
- **Versions:** {versions}. Each is built by itself in cargo's release profile, so that no library is
  compiled with another's features.
- **The function:** a tool handler that does as good as nothing, so that what is seen is the
  instrumentation. Its event is Action Invoked; `reply` is a function that returns a text of 70
  bytes, and its event is Message Received. It is async, and polled where it is called.
- **The server** is a process of its own on loopback, which counts the events that arrive.

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
