//! The program, as its users start it.

use std::{
    io::{BufRead as _, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
};

use crate::support::TIMEOUT;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_copilot-track-inspector");

/// A program that ends with the test.
pub(crate) struct Program {
    child: Child,
    lines: Receiver<String>,
    complaints: Receiver<String>,
}

impl Program {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_by(Command::new(PROGRAM).args(arguments))
    }

    /// The same by another program, which becomes it.
    pub(crate) fn start_by(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            lines: lines(child.stdout.take().unwrap()),
            complaints: lines(child.stderr.take().unwrap()),
            child,
        }
    }

    /// Where a server that has just begun says that its page is.
    pub(crate) fn url(&mut self) -> String {
        assert!(self.line().starts_with("copilot-track inspector"));
        self.line();
        let page = self.line();
        page.split_whitespace().last().unwrap().to_owned()
    }

    /// The next line of what it complains of.
    pub(crate) fn complaint(&mut self) -> String {
        self.complaints.recv_timeout(TIMEOUT).unwrap()
    }

    /// Ends it as `kill -9` does, at whatever it is.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn line(&mut self) -> String {
        self.lines.recv_timeout(TIMEOUT).unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What it says, a line at a time; read whether or not anybody wants it, so that it never waits for
/// that.
fn lines(output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // The test may have seen enough.
            let _ = sender.send(line);
        }
    });
    lines
}
