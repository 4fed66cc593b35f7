//! Runs every library under comparison on the same function, and writes `docs/performance.md`.
//!
//! ```text
//! cargo run --release --manifest-path benches/Cargo.toml -p compare            # all; writes the page
//! cargo run --release --manifest-path benches/Cargo.toml -p compare -- --quick # fewer; prints it
//! ```

mod options;
mod peers;
mod plan;
mod results;
mod run;
mod server;

use std::process::ExitCode;

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
    let subjects = peers::build(&options)?;
    let mut server = server::Server::start()?;
    let results = plan::carry_out(&options, &subjects, &mut server)?;
    println!("{}", results.plain());
    Ok(())
}
