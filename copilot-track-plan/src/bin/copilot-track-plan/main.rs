//! The program. `options.rs` has its help.

mod check;
mod commands;
mod error;
mod junit;
mod options;
mod outcome;
mod output;
mod sarif;

use std::env;
use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::options::Command;

/// The exit code if events violate the plan, or if a change is breaking.
const FOUND: u8 = 1;
/// The exit code if the arguments or a file are invalid.
const INVALID: u8 = 2;

fn main() -> ExitCode {
    let command = match options::parse(env::args_os().skip(1)) {
        Ok(command) => command,
        Err(error) => {
            eprintln!("copilot-track-plan: {error}\nTry `copilot-track-plan --help`.");
            return ExitCode::from(INVALID);
        }
    };
    match run(command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(FOUND),
        Err(error) if is_closed_pipe(&*error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!(
                "copilot-track-plan: {}",
                error::message_with_sources(&*error)
            );
            ExitCode::from(INVALID)
        }
    }
}

/// Runs a command. Returns whether nothing was found.
fn run(command: Command) -> Result<bool, Box<dyn Error>> {
    match command {
        Command::Export(options) => commands::export(&options).map(|()| true),
        Command::Check(options) => check::run(&options),
        Command::Diff(options) => commands::diff(&options),
        Command::Rust(options) => commands::rust(&options).map(|()| true),
        Command::Scan(options) => commands::scan(&options).map(|()| true),
        Command::Help => {
            writeln!(io::stdout(), "{}", options::HELP)?;
            Ok(true)
        }
        Command::Version => {
            let version = env!("CARGO_PKG_VERSION");
            writeln!(io::stdout(), "copilot-track-plan {version}")?;
            Ok(true)
        }
    }
}

/// Returns whether the reader of stdout has closed the pipe, which is not a failure.
fn is_closed_pipe(error: &(dyn Error + 'static)) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
