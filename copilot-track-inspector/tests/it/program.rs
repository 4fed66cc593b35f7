//! Runs the program.

use std::{
    io::{BufRead as _, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
};

use crate::support::TIMEOUT;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_copilot-track-inspector");

/// A running program, which is killed when it is dropped.
pub(crate) struct Program {
    child: Child,
    lines: Receiver<String>,
    error_lines: Receiver<String>,
}

impl Program {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_by(Command::new(PROGRAM).args(arguments))
    }

    /// Runs `command`, which starts the program, for example through a shell.
    pub(crate) fn start_by(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            lines: lines(child.stdout.take().unwrap()),
            error_lines: lines(child.stderr.take().unwrap()),
            child,
        }
    }

    /// Returns the URL of the page, which the program prints when it starts.
    pub(crate) fn url(&mut self) -> String {
        assert!(self.line().starts_with("copilot-track inspector"));
        self.line();
        let page = self.line();
        page.split_whitespace().last().unwrap().to_owned()
    }

    /// Returns the process id.
    #[cfg(target_os = "linux")]
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns the next line of stderr.
    pub(crate) fn error_line(&mut self) -> String {
        self.error_lines.recv_timeout(TIMEOUT).unwrap()
    }

    /// Waits until the program has ended, and returns its exit status.
    pub(crate) fn exit_code(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// Kills the program, as `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends SIGTERM and returns the exit status, or `None` if the signal killed the program.
    #[cfg(unix)]
    pub(crate) fn terminate(&mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(sent.success());
        self.child.wait().unwrap().code()
    }

    pub(crate) fn line(&mut self) -> String {
        self.lines.recv_timeout(TIMEOUT).unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // The program may have exited already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads lines on a thread, so that the program never blocks on a full pipe.
fn lines(output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // The receiver may have been dropped.
            let _ = sender.send(line);
        }
    });
    lines
}
