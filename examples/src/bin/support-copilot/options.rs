//! The command line.

use std::{
    env,
    ffi::OsString,
    io::{self, IsTerminal as _},
    path::PathBuf,
    time::Duration,
};

pub(crate) const HELP: &str = "\
The support copilot of a small shop. It answers questions about products, stock, prices and orders;
its conversation is tracked as the events of Segment's \"Spec: AI Copilot\".

Usage: support-copilot [--demo] [--live] [--stay] [OPTION]…

In a terminal it chats. With input from a pipe, it takes each line as a message of the customer.

  --demo        plays a built-in conversation through
  --live        shows the events of each turn as they arrive at the collector
  --stay        keeps the inspector's page open at the end, until Ctrl-C
  --wait-for-viewer
                begins when someone has the page open
  --pace MS     pauses before each message of --demo or a pipe, to watch the page meanwhile
  --port PORT   where the inspector listens on 127.0.0.1 (default: a free port)
  --history FILE
                keeps what the inspector has got in this file, and shows what it holds already
  --charts DIR  where price charts are written (default: a directory for temporary files)
  -h, --help    shows this

In the chat:  /rate N  rates the last answer from 1 to 5  ·  /help  ·  /quit

By default the events go to an inspector inside this program, over HTTP on the loopback address. Its
page, whose address is printed first, shows them live, and at the end they are printed as they
arrived there. With SEGMENT_WRITE_KEY set they go to Segment instead, and
COPILOT_TRACK_ENDPOINT names another endpoint.";

/// Where the customer's messages come from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mode {
    Terminal,
    Pipe,
    Demo,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Options {
    pub(crate) mode: Mode,
    pub(crate) live: bool,
    pub(crate) charts: PathBuf,
    /// Keeps the page open at the end.
    pub(crate) stay: bool,
    /// Begins when someone has the page open.
    pub(crate) wait_for_viewer: bool,
    /// The pause before each message that is not typed.
    pub(crate) pace: Duration,
    /// Where the inspector listens; 0 is a free port.
    pub(crate) port: u16,
    /// The inspector's database.
    pub(crate) history: Option<PathBuf>,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    Run(Options),
    Help,
}

pub(crate) fn parse(
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Command, lexopt::Error> {
    use lexopt::prelude::*;

    let mut options = Options {
        mode: if io::stdin().is_terminal() {
            Mode::Terminal
        } else {
            Mode::Pipe
        },
        live: false,
        charts: env::temp_dir().join(format!("support-copilot-{}", std::process::id())),
        stay: false,
        wait_for_viewer: false,
        pace: Duration::ZERO,
        port: 0,
        history: None,
    };
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("demo") => options.mode = Mode::Demo,
            Long("live") => options.live = true,
            Long("stay") => options.stay = true,
            Long("wait-for-viewer") => options.wait_for_viewer = true,
            Long("pace") => options.pace = Duration::from_millis(parser.value()?.parse()?),
            Long("port") => options.port = parser.value()?.parse()?,
            Long("history") => options.history = Some(parser.value()?.into()),
            Long("charts") => options.charts = parser.value()?.into(),
            Short('h') | Long("help") => return Ok(Command::Help),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Run(options))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Command, String> {
        parse(arguments.iter().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn flags_are_read_and_unknown_ones_named() {
        let asked = parsed(&[
            "--demo",
            "--charts=here",
            "--live",
            "--pace=250",
            "--port",
            "8077",
        ]);
        let Ok(Command::Run(options)) = asked else {
            panic!()
        };
        assert_eq!(options.pace, Duration::from_millis(250));
        assert_eq!(options.port, 8077);
        assert!(!options.stay && !options.wait_for_viewer);
        assert_eq!(options.mode, Mode::Demo);
        assert!(options.live);
        assert_eq!(options.charts, PathBuf::from("here"));
        assert_eq!(parsed(&["-h"]), Ok(Command::Help));
        assert!(parsed(&["--dmeo"]).unwrap_err().contains("--dmeo"));
        assert!(parsed(&["hello"]).unwrap_err().contains("hello"));
        assert!(parsed(&["--charts"]).is_err());
        assert!(parsed(&["--port", "70000"]).is_err());
    }
}
