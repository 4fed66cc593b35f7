//! The command line.

use std::{error::Error, ffi::OsString, net::SocketAddr};

use copilot_track_inspector::{Chaos, Inspector, InspectorBuilder};

pub(crate) const HELP: &str = "\
See a copilot's conversations live as they go to Segment, every event held against the spec.

Usage: copilot-track-inspector [OPTION]…
       copilot-track-inspector tail [--url URL] [--all] [--json]

Without a command it listens where Segment's SDKs can send to, and shows a page.

  --listen ADDRESS   where to listen (default: 127.0.0.1:8077; port 0 is a free one)
  --allow-remote     allows an address that other machines reach: they can read everything
  --host NAME        a name, beside localhost, that it may be addressed by; can be repeated
  --db FILE          keeps the history in FILE (default: in memory)
  --max-events N     the most events that are kept (default: 200,000; with --db 10,000,000)
  --max-bytes N      the most bytes, about (default: 256 MiB; with --db 8 GiB)
  --chaos FAULT      begins with a fault on: status=503, delay=MS, hang, reset, reset-after, drop,
                     garbage or drip=MS, and after a comma p=0.1 (its probability), times=N (then
                     it ends), with status retry-after=S
  --chaos-seed N     the same faults again

`tail` prints the conversations of a running inspector as they happen.

  --url URL          the inspector (default: http://127.0.0.1:8077)
  --all              begins with the oldest event that is kept, not with the next
  --json             a line of JSON for each event, and for events that cannot be written

  -h, --help         shows this
  -V, --version      shows the version";

/// The inspector's own port.
const DEFAULT_PORT: u16 = 8077;

#[derive(Debug)]
pub(crate) enum Command {
    Serve(Box<InspectorBuilder>),
    Tail(Tail),
    Help,
    Version,
}

#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Tail {
    /// Host and port.
    pub(crate) authority: String,
    pub(crate) all: bool,
    pub(crate) json: bool,
}

pub(crate) fn parse(
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Command, Box<dyn Error>> {
    use lexopt::prelude::*;

    let mut builder = Inspector::builder().listen(SocketAddr::from(([127, 0, 0, 1], DEFAULT_PORT)));
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        builder = match argument {
            Long("listen") => builder.listen(parser.value()?.parse()?),
            Long("allow-remote") => builder.allow_remote(true),
            Long("host") => builder.host(parser.value()?.string()?),
            Long("max-events") => builder.max_events(parser.value()?.parse()?),
            Long("max-bytes") => builder.max_bytes(parser.value()?.parse()?),
            #[cfg(feature = "sqlite")]
            Long("db") => builder.database(parser.value()?),
            #[cfg(not(feature = "sqlite"))]
            Long("db") => {
                return Err(
                    "this program was built without the feature `sqlite`, so it has no --db".into(),
                );
            }
            Long("chaos") => builder.chaos(Chaos::parse(&parser.value()?.string()?)?),
            Long("chaos-seed") => builder.chaos_seed(parser.value()?.parse()?),
            Short('h') | Long("help") => return Ok(Command::Help),
            Short('V') | Long("version") => return Ok(Command::Version),
            Value(command) if command == "tail" => return tail(parser),
            other => return Err(other.unexpected().into()),
        };
    }
    Ok(Command::Serve(Box::new(builder)))
}

fn tail(mut parser: lexopt::Parser) -> Result<Command, Box<dyn Error>> {
    use lexopt::prelude::*;

    let mut options = Tail {
        authority: format!("127.0.0.1:{DEFAULT_PORT}"),
        all: false,
        json: false,
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("url") => options.authority = authority(&parser.value()?.string()?)?,
            Long("all") => options.all = true,
            Long("json") => options.json = true,
            Short('h') | Long("help") => return Ok(Command::Help),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Command::Tail(options))
}

/// Host and port of an inspector's address.
fn authority(url: &str) -> Result<String, String> {
    let wrong = || {
        format!(
            "`{url}` is no inspector's address; it is one such as http://127.0.0.1:{DEFAULT_PORT}"
        )
    };
    let uri: hyper::Uri = url.parse().map_err(|_| wrong())?;
    if uri.scheme_str().is_some_and(|scheme| scheme != "http") || uri.path().len() > 1 {
        return Err(wrong());
    }
    let authority = uri.authority().ok_or_else(wrong)?;
    let port = authority.port_u16().unwrap_or(80);
    Ok(format!("{}:{port}", authority.host()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Command, String> {
        parse(arguments.iter().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn flags_are_read_and_unknown_ones_named() {
        let all = parsed(&[
            "--listen",
            "127.0.0.1:0",
            "--allow-remote",
            "--host=inspector",
            "--max-events=10",
            "--max-bytes",
            "1000",
            "--chaos",
            "status=503,p=0.5",
            "--chaos-seed=7",
        ]);
        assert!(matches!(all, Ok(Command::Serve(_))), "{all:?}");
        assert!(matches!(parsed(&["-h"]), Ok(Command::Help)));
        assert!(matches!(parsed(&["tail", "--help"]), Ok(Command::Help)));
        for (arguments, word) in [
            (&["--listne"][..], "--listne"),
            (&["head"], "head"),
            (&["--listen", "here"], "here"),
            (&["--chaos", "crash"], "crash"),
            (&["tail", "--db", "x"], "--db"),
            (&["tail", "--url", "https://127.0.0.1"], "https://"),
            (&["tail", "--url", "http://127.0.0.1/path"], "path"),
        ] {
            let error = parsed(arguments).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn an_address_may_be_written_shortly() {
        for (url, expected) in [
            ("http://127.0.0.1:9/", "127.0.0.1:9"),
            ("localhost:9", "localhost:9"),
            ("http://[::1]:9", "[::1]:9"),
            ("http://inspector", "inspector:80"),
        ] {
            let Ok(Command::Tail(tail)) = parsed(&["tail", "--url", url]) else {
                panic!("{url}")
            };
            assert_eq!(tail.authority, expected);
        }
    }
}
