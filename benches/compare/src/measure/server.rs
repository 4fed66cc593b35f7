//! The server that receives the events, in its own process.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::workspace::program;

pub(crate) struct Server {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    addresses: BTreeMap<String, String>,
}

/// One of the server's addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// Responds at once.
    Fast,
    /// Responds after 100 ms.
    Slow,
    /// Reads requests and never responds.
    Never,
    /// A port on which nothing listens.
    Down,
}

impl Server {
    pub(crate) fn start() -> Result<Self, String> {
        let mut child = Command::new(program("server"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start the server: {error}"))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("the server has no standard input or output".to_owned());
        };
        let mut server = Self {
            child,
            input: Some(input),
            output: BufReader::new(output),
            addresses: BTreeMap::new(),
        };
        server.addresses = server.read_block()?;
        Ok(server)
    }

    pub(crate) fn url(&self, endpoint: Endpoint) -> &str {
        let name = match endpoint {
            Endpoint::Fast => "fast",
            Endpoint::Slow => "slow",
            Endpoint::Never => "never",
            Endpoint::Down => "down",
        };
        self.addresses.get(name).map_or("", String::as_str)
    }

    pub(crate) fn reset(&mut self) -> Result<(), String> {
        self.send("reset")
    }

    /// Returns `requests`, `bytes`, `compressed`, and `events` since the last reset.
    pub(crate) fn count(&mut self) -> Result<BTreeMap<String, f64>, String> {
        self.send("count")?;
        Ok(self
            .read_block()?
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.parse().ok()?)))
            .collect())
    }

    fn send(&mut self, command: &str) -> Result<(), String> {
        let Some(input) = &mut self.input else {
            return Err("the server has ended".to_owned());
        };
        writeln!(input, "{command}")
            .and_then(|()| input.flush())
            .map_err(|error| format!("the server has ended: {error}"))
    }

    fn read_block(&mut self) -> Result<BTreeMap<String, String>, String> {
        let mut values = BTreeMap::new();
        loop {
            let mut line = String::new();
            let read = self.output.read_line(&mut line);
            if read.map_err(|error| error.to_string())? == 0 {
                return Err("the server has ended".to_owned());
            }
            let Some((name, value)) = line.trim().split_once(' ') else {
                return Ok(values);
            };
            values.insert(name.to_owned(), value.to_owned());
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}
