//! Measures the same function with every library under comparison, and writes
//! `docs/performance.md`.
//!
//! ```text
//! cargo run --release --manifest-path benches/Cargo.toml -p compare            # everything; writes the page
//! cargo run --release --manifest-path benches/Cargo.toml -p compare -- --quick # a subset; prints the figures
//! ```

mod build;
mod machine;
mod measure;
mod measurement_names;
mod options;
mod outcome;
mod report;
mod results;
mod subjects;
mod workspace;

use std::process::ExitCode;
use std::time::Instant;

use options::Options;

fn main() -> ExitCode {
    match compare() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn compare() -> Result<(), String> {
    let options = Options::parse(std::env::args().skip(1))?;
    let load = machine::load();
    let unbuilt = build::build(&options)?;
    let mut server = measure::Server::start()?;
    let start = Instant::now();
    let results = measure::run_rounds(&options, &unbuilt, &mut server)?;
    let run = report::Run {
        rounds: options.rounds,
        load,
        minutes: start.elapsed().as_secs_f64() / 60.0,
        versions: workspace::versions(),
    };
    if options.writes_page() {
        report::write(&results, &run)?;
        println!("wrote docs/performance.md after {:.0} minutes", run.minutes);
    } else if options.page {
        println!("{}", report::page(&results, &run));
    } else {
        println!("{}", results.plain());
    }
    let failures = results.own_failures();
    if failures.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "\nmeasurements of copilot-track failed:\n{}",
            failures.join("\n")
        ))
    }
}
