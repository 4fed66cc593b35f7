//! The command line.

use std::{
    env,
    ffi::OsString,
    io::{self, IsTerminal as _},
    path::PathBuf,
    time::Duration,
};

pub(crate) const HELP: &str = "\
A support copilot for a small shop. It answers questions about products, stock, prices, and orders.
The conversation is tracked with the events of Segment's \"Spec: AI Copilot\".

Usage: support-copilot [OPTIONS]

In a terminal, you chat with the copilot. If the input is piped, each line is a message from the
customer.

Options:
  --demo             play a built-in conversation
  --live             print the events of each turn as the inspector receives them
  --stay             keep the inspector running at the end, until Ctrl-C
  --wait-for-viewer  wait until a browser has opened the inspector's page
  --pace MS          wait MS milliseconds before each message of the demo or of piped input
  --port PORT        the inspector's port on 127.0.0.1 (default: a free port)
  --history FILE     store the inspector's events in the SQLite database FILE, and show its earlier
                     events
  --charts DIR       the directory for price charts (default: a temporary directory)
  -h, --help         print this help

Commands in the chat:
  /rate N            rate the last answer, from 1 to 5
  /help              list these commands
  /quit              leave the chat

By default, the program starts an inspector on 127.0.0.1 and sends the events to it over HTTP. It
prints the address of the inspector's page at the start, and the received events at the end.
If SEGMENT_WRITE_KEY is set, the events go to Segment instead, or to the endpoint in
COPILOT_TRACK_ENDPOINT.";

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
    /// Whether to print the events of each turn as the inspector receives them.
    pub(crate) live: bool,
    /// The directory for price charts.
    pub(crate) charts: PathBuf,
    /// Whether to keep the inspector's page open at the end.
    pub(crate) stay: bool,
    /// Whether to wait until a browser has opened the inspector's page.
    pub(crate) wait_for_viewer: bool,
    /// The pause before each message that is not typed in a terminal.
    pub(crate) pace: Duration,
    /// The inspector's port. 0 means a free port.
    pub(crate) port: u16,
    /// The inspector's database file.
    pub(crate) history: Option<PathBuf>,
}

/// The command that the arguments request.
#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    Run(Options),
    Help,
}

/// Parses the arguments, without the program's name.
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
    fn options_are_parsed_and_unknown_ones_are_errors() {
        let result = parsed(&[
            "--demo",
            "--charts=here",
            "--live",
            "--pace=250",
            "--port",
            "8077",
        ]);
        let Ok(Command::Run(options)) = result else {
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
