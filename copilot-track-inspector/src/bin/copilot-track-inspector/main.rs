//! The program. It runs an inspector, or prints the events of a running inspector (`tail`).

mod error;
mod options;
mod serve;
mod signal;
mod tail;

use std::{
    env,
    error::Error,
    io::{self, Write as _},
    process::ExitCode,
};

use crate::options::Command;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let command = match options::parse(env::args_os().skip(1)) {
        Ok(command) => command,
        Err(error) => {
            eprintln!("copilot-track-inspector: {error}\nTry `copilot-track-inspector --help`.");
            return ExitCode::from(2);
        }
    };
    match run(command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&*error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!(
                "copilot-track-inspector: {}",
                error::message_with_sources(&*error)
            );
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Serve { builder, has_token } => serve::run(*builder, has_token).await,
        Command::Tail(options) => tail::follow::run(options).await,
        Command::Help => Ok(writeln!(io::stdout(), "{}", options::HELP)?),
        Command::Version => Ok(writeln!(
            io::stdout(),
            "copilot-track-inspector {}",
            env!("CARGO_PKG_VERSION")
        )?),
    }
}

/// Returns whether the reader of stdout has closed the pipe, which is not a failure.
fn is_closed_pipe(error: &(dyn Error + 'static)) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
