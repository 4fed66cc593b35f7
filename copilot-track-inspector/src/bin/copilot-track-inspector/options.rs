//! Command-line options.

use std::{error::Error, ffi::OsString, net::SocketAddr, num::NonZeroU64};

use copilot_track_inspector::{Chaos, Inspector, InspectorBuilder};

pub(crate) const HELP: &str = "\
Receives a copilot's events in place of Segment, shows the conversations live, and checks every event.

Usage: copilot-track-inspector [OPTIONS]
       copilot-track-inspector tail [--url URL] [--token TOKEN] [--all] [--json]

Without a command, starts a server that implements Segment's tracking API and serves a page.

Options:
  --listen ADDRESS   Address to listen on; port 0 selects a free port [default: 127.0.0.1:8077]
  --allow-remote     Allow an address that other machines can reach; they can then read everything,
                     unless there is a token
  --host NAME        Accept requests whose Host header is NAME; can be repeated
  --allow-origin ORIGIN
                     Accept events from web pages of this origin, such as https://shop.example, or
                     of all origins (*); can be repeated. Pages on this machine are always accepted
  --token TOKEN      Require this token for the page and the API, but not for sending events
  --base-url URL     URL at which a proxy makes the inspector available, with a path if it has one
  --db FILE          Store events in an SQLite database instead of in memory
  --no-search-index  With --db, do not keep an index for searches; searches then read all events
  --max-events N     Maximum number of events to store [default: 200000; with --db 10000000]
  --max-bytes N      Approximate maximum size in bytes [default: 256 MiB; with --db 8 GiB]
  --plan FILE        Check every event against a tracking plan, which is read again when it changes
  --accept FILE      Accept the findings whose keys are in FILE, one per line, as in
                     `copilot-track-plan check`
  --forward KEY      Forward all events that arrive to Segment, with the write key KEY of a source.
                     @FILE reads the key from a file, so that other users cannot see it
  --forward-to URL   Forward to this URL instead [default: https://api.segment.io]
  --chaos FAULT      Start with an active fault: status=S, delay=MS, hang, reset, reset-after,
                     drop, garbage, or drip=MS. It can be followed by comma-separated settings:
                     p=P (probability), times=N (number of affected requests), and, for status,
                     retry-after=S
  --chaos-seed N     Seed of the random numbers that select the affected requests
  -h, --help         Print help
  -V, --version      Print the version

`tail` prints the conversations of a running inspector live.

Options of `tail`:
  --url URL          URL of the inspector [default: http://127.0.0.1:8077]
  --token TOKEN      Token of the inspector, if it requires one
  --all              Start with the oldest stored event instead of the next new event
  --json             Print events and storage errors as lines of JSON";

/// The inspector's default port.
const DEFAULT_PORT: u16 = 8077;

/// A parsed command line.
#[derive(Debug)]
pub(crate) enum Command {
    Serve {
        builder: Box<InspectorBuilder>,
        /// Whether the page and the API require a token.
        has_token: bool,
    },
    Tail(TailOptions),
    Help,
    Version,
}

/// Options of `tail`.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct TailOptions {
    /// The host and port of the inspector.
    pub(crate) authority: String,
    /// The path of the inspector, without a trailing slash.
    pub(crate) path: String,
    pub(crate) token: Option<String>,
    pub(crate) all: bool,
    pub(crate) json: bool,
}

impl TailOptions {
    /// Returns the URL of the inspector.
    pub(crate) fn url(&self) -> String {
        format!("http://{}{}", self.authority, self.path)
    }
}

pub(crate) fn parse(
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Command, Box<dyn Error>> {
    use lexopt::prelude::*;

    let mut builder = Inspector::builder().listen(SocketAddr::from(([127, 0, 0, 1], DEFAULT_PORT)));
    let (mut has_token, mut has_plan, mut has_accepted) = (false, false, false);
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        has_token |= argument == Long("token");
        has_plan |= argument == Long("plan");
        has_accepted |= argument == Long("accept");
        builder = match argument {
            Long("listen") => builder.listen(parser.value()?.parse()?),
            Long("allow-remote") => builder.allow_remote(true),
            Long("host") => builder.host(parser.value()?.string()?),
            Long("allow-origin") => builder.allow_origin(parser.value()?.string()?),
            Long("token") => builder.token(parser.value()?.string()?),
            Long("base-url") => builder.base_url(parser.value()?.string()?),
            Long("max-events") => builder.max_events(parser.value()?.parse::<NonZeroU64>()?.get()),
            Long("max-bytes") => builder.max_bytes(parser.value()?.parse::<NonZeroU64>()?.get()),
            #[cfg(feature = "sqlite")]
            Long("db") => builder.database(parser.value()?),
            #[cfg(feature = "sqlite")]
            Long("no-search-index") => builder.search_index(false),
            #[cfg(not(feature = "sqlite"))]
            Long("db") => {
                return Err(
                    "--db is not available: this program was built without the `sqlite` feature"
                        .into(),
                );
            }
            Long("plan") => builder.plan(parser.value()?),
            Long("accept") => builder.accept(parser.value()?),
            #[cfg(feature = "forward")]
            Long("forward") => builder.forward(write_key(&parser.value()?.string()?)?),
            #[cfg(feature = "forward")]
            Long("forward-to") => builder.forward_to(parser.value()?.string()?),
            #[cfg(not(feature = "forward"))]
            Long("forward" | "forward-to") => {
                return Err(
                    "events cannot be forwarded: this program was built without the `forward` feature"
                        .into(),
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
    if has_accepted && !has_plan {
        return Err("`--accept` needs a tracking plan (`--plan FILE`)".into());
    }
    Ok(Command::Serve {
        builder: Box::new(builder),
        has_token,
    })
}

/// Returns a write key. If the value starts with `@`, reads the key from a file.
#[cfg(feature = "forward")]
fn write_key(value: &str) -> Result<String, String> {
    match value.strip_prefix('@') {
        None => Ok(value.to_owned()),
        Some(file) => std::fs::read_to_string(file)
            .map(|key| key.trim().to_owned())
            .map_err(|error| format!("cannot read the write key from {file}: {error}")),
    }
}

fn tail(mut parser: lexopt::Parser) -> Result<Command, Box<dyn Error>> {
    use lexopt::prelude::*;

    let mut options = TailOptions {
        authority: format!("127.0.0.1:{DEFAULT_PORT}"),
        path: String::new(),
        token: None,
        all: false,
        json: false,
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("url") => {
                (options.authority, options.path) = server(&parser.value()?.string()?)?;
            }
            Long("token") => options.token = Some(parser.value()?.string()?),
            Long("all") => options.all = true,
            Long("json") => options.json = true,
            Short('h') | Long("help") => return Ok(Command::Help),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Command::Tail(options))
}

/// Returns the host and port of an inspector's URL, and its path without a trailing slash.
fn server(url: &str) -> Result<(String, String), String> {
    let invalid_url =
        || format!("invalid URL `{url}`: expected a URL such as http://127.0.0.1:{DEFAULT_PORT}");
    let uri: hyper::Uri = url.parse().map_err(|_| invalid_url())?;
    if uri.scheme_str().is_some_and(|scheme| scheme != "http") || uri.query().is_some() {
        return Err(invalid_url());
    }
    let authority = uri.authority().ok_or_else(invalid_url)?;
    let port = authority.port_u16().unwrap_or(80);
    let path = uri.path().trim_end_matches('/').to_owned();
    Ok((format!("{}:{port}", authority.host()), path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Command, String> {
        parse(arguments.iter().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn options_are_parsed_and_errors_name_the_invalid_one() {
        let all = parsed(&[
            "--listen",
            "127.0.0.1:0",
            "--allow-remote",
            "--host=inspector",
            "--allow-origin=https://shop.example",
            "--token=a-long-token",
            "--base-url=https://tools.example/inspector",
            "--no-search-index",
            "--max-events=10",
            "--max-bytes",
            "1000",
            "--chaos",
            "status=503,p=0.5",
            "--chaos-seed=7",
        ]);
        assert!(
            matches!(
                all,
                Ok(Command::Serve {
                    has_token: true,
                    ..
                })
            ),
            "{all:?}"
        );
        assert!(matches!(parsed(&["-h"]), Ok(Command::Help)));
        assert!(matches!(parsed(&["tail", "--help"]), Ok(Command::Help)));
        for (arguments, word) in [
            (&["--listne"][..], "--listne"),
            (&["head"], "head"),
            (&["--listen", "here"], "here"),
            (&["--chaos", "crash"], "crash"),
            (&["--forward", "@/no/such/file"], "/no/such/file"),
            (&["--accept", "accepted.txt"], "--plan"),
            (&["--max-events", "0"], "zero"),
            (&["tail", "--db", "x"], "--db"),
            (&["tail", "--url", "https://127.0.0.1"], "https://"),
            (&["tail", "--url", "http://127.0.0.1/?token=x"], "token"),
        ] {
            let error = parsed(arguments).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn parts_of_a_url_may_be_omitted() {
        for (url, expected, path) in [
            ("http://127.0.0.1:9/", "127.0.0.1:9", ""),
            ("localhost:9", "localhost:9", ""),
            ("http://[::1]:9", "[::1]:9", ""),
            ("http://inspector", "inspector:80", ""),
            (
                "http://tools.example/inspector/",
                "tools.example:80",
                "/inspector",
            ),
        ] {
            let Ok(Command::Tail(tail)) = parsed(&["tail", "--url", url]) else {
                panic!("{url}")
            };
            assert_eq!((&*tail.authority, &*tail.path), (expected, path));
        }
    }
}
