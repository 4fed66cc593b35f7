//! A redis-server for tests, on a free port of the loopback interface.

#![allow(dead_code, reason = "each test uses a part of this module")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use copilot_track::ConversationId;
use copilot_track::store::ConversationStore as _;
use copilot_track_redis::RedisStore;
use tempfile::TempDir;

/// How long a test waits for something that happens on a working machine.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(120);

/// A server that is stopped when the value is dropped. Its data is in a temporary directory.
pub(crate) struct Server {
    directory: TempDir,
    port: u16,
    args: Vec<String>,
    process: Option<Child>,
}

impl Server {
    /// Starts a server with further arguments. Returns `None`, and prints a note, if redis-server
    /// is not installed. In CI, this is an error.
    pub(crate) fn start(args: &[&str]) -> Option<Self> {
        let version = Command::new("redis-server").arg("--version").output();
        if version.is_err() {
            assert!(
                std::env::var_os("CI").is_none(),
                "redis-server is not installed"
            );
            println!("skipped: redis-server is not installed");
            return None;
        }
        let args = args.iter().map(ToString::to_string).collect();
        let mut server = Self {
            directory: TempDir::new().unwrap(),
            port: free_port(),
            args,
            process: None,
        };
        server.restart();
        Some(server)
    }

    /// Starts a node of a cluster with further arguments. It has no slots.
    pub(crate) fn start_node(args: &[&str]) -> Option<Self> {
        // By default, the second port is higher by 10,000, which may not be a port.
        let bus = free_port().to_string();
        let cluster = ["--cluster-enabled", "yes", "--cluster-port", &bus];
        Self::start(&[&cluster, args].concat())
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Starts the server again, with the data that it has on disk.
    pub(crate) fn restart(&mut self) {
        let start = Instant::now();
        loop {
            let process = Command::new("redis-server")
                .args(["--bind", "127.0.0.1", "--port", &self.port.to_string()])
                .args([
                    "--save",
                    "",
                    "--appendonly",
                    "yes",
                    "--appendfsync",
                    "always",
                ])
                .arg("--dir")
                .arg(self.directory.path())
                .args(&self.args)
                .stdout(Stdio::null())
                .spawn()
                .unwrap();
            self.process = Some(process);
            if self.wait_until_ready() {
                return;
            }
            // Another process took the port.
            assert!(start.elapsed() < TIMEOUT, "redis-server does not start");
            self.kill();
        }
    }

    fn wait_until_ready(&mut self) -> bool {
        let start = Instant::now();
        while start.elapsed() < TIMEOUT / 4 {
            if self.cli(&["PING"]).as_deref() == Some("PONG") {
                return true;
            }
            let exited = self.process.as_mut().unwrap().try_wait().unwrap();
            if exited.is_some() {
                return false;
            }
            std::thread::yield_now();
        }
        false
    }

    /// Kills the server without a chance to write anything.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Sends a signal to the server.
    pub(crate) fn signal(&self, signal: &str) {
        let id = self.process.as_ref().unwrap().id().to_string();
        let status = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(status.unwrap().success());
    }

    /// Sends a command, and returns its result as text.
    pub(crate) fn cli(&self, command: &[&str]) -> Option<String> {
        self.cli_at(self.url(), command)
    }

    /// Does the same as [`cli`](Self::cli) with a password.
    pub(crate) fn cli_as(&self, password: &str, command: &[&str]) -> Option<String> {
        self.cli_at(
            format!("redis://:{password}@127.0.0.1:{}", self.port),
            command,
        )
    }

    /// Sends a command until the answer starts with `expected`. The command is sent without a
    /// handshake, which a server that answers with errors would not complete.
    pub(crate) fn wait_for_answer(&self, command: &str, expected: &str) {
        let start = Instant::now();
        loop {
            let answer = self.answer(command).unwrap_or_default();
            if answer.starts_with(expected) {
                return;
            }
            assert!(start.elapsed() < TIMEOUT, "{command}: {answer}");
            std::thread::yield_now();
        }
    }

    fn answer(&self, command: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.write_all(format!("{command}\r\n").as_bytes())?;
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer)?;
        Ok(answer)
    }

    /// Returns a setting.
    pub(crate) fn cli_config(&self, name: &str) -> String {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_connection().unwrap();
        let setting: Vec<String> = redis::cmd("CONFIG")
            .arg("GET")
            .arg(name)
            .query(&mut connection)
            .unwrap();
        setting[1].clone()
    }

    fn cli_at(&self, url: String, command: &[&str]) -> Option<String> {
        let address = (Ipv4Addr::LOCALHOST, self.port);
        if TcpStream::connect(address).is_err() {
            return None;
        }
        let client = redis::Client::open(url).unwrap();
        let mut connection = client
            .get_connection_with_timeout(Duration::from_secs(10))
            .ok()?;
        let (name, args) = command.split_first().unwrap();
        let value: redis::Value = redis::cmd(name).arg(args).query(&mut connection).ok()?;
        redis::from_redis_value(value).ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// Waits until the store has a number of messages of a conversation. An end that is requested then
/// includes the messages of all replicas.
pub(crate) async fn wait_until_stored(store: &RedisStore, id: &str, messages: u64) {
    let id = ConversationId::new(id).unwrap();
    let start = Instant::now();
    loop {
        let stored = store.load(&id).await;
        let count = stored.map(|stored| stored.map_or(0, |stored| stored.message_count()));
        if count.as_ref().is_ok_and(|count| *count == messages) {
            return;
        }
        assert!(start.elapsed() < TIMEOUT, "{id} has {count:?} messages");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Waits until `condition` returns true.
pub(crate) async fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < TIMEOUT, "waited for too long: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
