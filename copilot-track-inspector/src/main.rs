//! The program: a server, or a terminal that watches one.

use std::{env, process::ExitCode};

use copilot_track_inspector::{Chaos, Inspector};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("copilot-track-inspector: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    use lexopt::prelude::*;
    let mut builder = Inspector::builder().listen(([127, 0, 0, 1], 8077).into());
    let mut parser = lexopt::Parser::from_args(env::args_os().skip(1));
    while let Some(argument) = parser.next()? {
        builder = match argument {
            Long("listen") => builder.listen(parser.value()?.parse()?),
            Long("allow-remote") => builder.allow_remote(true),
            Long("host") => builder.host(parser.value()?.string()?),
            Long("max-events") => builder.max_events(parser.value()?.parse()?),
            Long("max-bytes") => builder.max_bytes(parser.value()?.parse()?),
            Long("chaos") => builder.chaos(Chaos::parse(&parser.value()?.string()?)?),
            Long("chaos-seed") => builder.chaos_seed(parser.value()?.parse()?),
            other => return Err(other.unexpected().into()),
        };
    }
    let inspector = builder.start().await?;
    println!("{}", inspector.url());
    tokio::signal::ctrl_c().await?;
    Ok(())
}
