//! The command line.

use std::{
    env,
    ffi::OsString,
    io::{self, IsTerminal as _},
    path::PathBuf,
};

pub(crate) const HELP: &str = "\
The support copilot of a small shop. It answers questions about products, stock, prices and orders;
its conversation is tracked as the events of Segment's \"Spec: AI Copilot\".

Usage: support-copilot [--demo] [--live] [--charts DIR]

In a terminal it chats. With input from a pipe, it takes each line as a message of the customer.

  --demo        plays a built-in conversation through
  --live        shows the events of each turn as they arrive at the collector
  --charts DIR  where price charts are written (default: a directory for temporary files)
  -h, --help    shows this

In the chat:  /rate N  rates the last answer from 1 to 5  ·  /help  ·  /quit

By default the events go to a collector inside this program, over HTTP on the loopback address, and
are printed as they arrived there. With SEGMENT_WRITE_KEY set they go to Segment instead, and
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
}

#[derive(Debug, PartialEq)]
pub(crate) enum Asked {
    Run(Options),
    Help,
}

pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Asked, lexopt::Error> {
    use lexopt::prelude::*;

    let mut options = Options {
        mode: if io::stdin().is_terminal() {
            Mode::Terminal
        } else {
            Mode::Pipe
        },
        live: false,
        charts: env::temp_dir().join(format!("support-copilot-{}", std::process::id())),
    };
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("demo") => options.mode = Mode::Demo,
            Long("live") => options.live = true,
            Long("charts") => options.charts = parser.value()?.into(),
            Short('h') | Long("help") => return Ok(Asked::Help),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Asked::Run(options))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Asked, String> {
        parse(arguments.iter().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn flags_are_read_and_unknown_ones_named() {
        let Ok(Asked::Run(options)) = parsed(&["--demo", "--charts=here", "--live"]) else {
            panic!()
        };
        assert_eq!(options.mode, Mode::Demo);
        assert!(options.live);
        assert_eq!(options.charts, PathBuf::from("here"));
        assert_eq!(parsed(&["-h"]), Ok(Asked::Help));
        assert!(parsed(&["--dmeo"]).unwrap_err().contains("--dmeo"));
        assert!(parsed(&["hello"]).unwrap_err().contains("hello"));
        assert!(parsed(&["--charts"]).is_err());
    }
}
