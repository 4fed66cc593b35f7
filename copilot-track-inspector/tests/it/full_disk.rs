//! Tests of resetting a database on a full disk.

use std::{
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use reqwest::Client;
use serde_json::{Value, json};

use crate::{
    program::{PROGRAM, Program},
    support::{json_of, message, numbers},
};

/// Mounts a small file system that only the program sees and that disappears when the program
/// exits.
const SMALL_DISK: &str = r#"mount -t tmpfs -o size=1m none "$0" && exec "$@""#;
/// Limits files to 512 KiB. A write beyond the limit fails, and the signal that it causes is
/// ignored.
const SMALL_FILES: &str = r#"trap '' XFSZ && ulimit -f 1024 && exec "$@""#;

/// The event lengths with which [`FullDatabase::new`] fills a disk almost completely.
const ALL: &[usize] = &[20_000, 2_000, 20];

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_empties_a_full_disk() {
    let directory = tempfile::tempdir().unwrap();
    let unshare = |arguments: &[&str]| {
        let mut command = Command::new("unshare");
        command.args([
            "--user",
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            SMALL_DISK,
        ]);
        command.arg(directory.path()).args(arguments);
        command
    };
    let allowed = unshare(&["true"]).stderr(Stdio::null()).status();
    if !allowed.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no file system can be mounted here");
        return;
    }
    let file = directory.path().join("events.db");
    let mut program = Program::start_by(unshare(&[PROGRAM]).args(arguments(&file)));
    let url = program.url();
    // The disk is either full to the last page or has a little space left that a deletion can use.
    for lengths in [&[20_000][..], &[20_000, 2_000], ALL] {
        let filled = FullDatabase::new(url.clone(), lengths, "database or disk is full").await;
        filled.reset().await;
    }
    assert!(!file.exists(), "the file was on the small disk");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_empties_a_file_at_its_size_limit() {
    let directory = tempfile::tempdir().unwrap();
    let real = directory.path().join("events.db");
    std::fs::write(&real, "").unwrap();
    let mode = |bits: Option<u32>| {
        use std::os::unix::fs::PermissionsExt as _;
        let mut permissions = std::fs::metadata(&real).unwrap().permissions();
        if let Some(bits) = bits {
            permissions.set_mode(bits);
            std::fs::set_permissions(&real, permissions.clone()).unwrap();
        }
        permissions.mode() & 0o777
    };
    mode(Some(0o600));
    // A symbolic link stays a link, and its target is emptied.
    let file = directory.path().join("link.db");
    std::os::unix::fs::symlink(&real, &file).unwrap();
    let mut program = Program::start_by(
        Command::new("sh")
            .args(["-c", SMALL_FILES, "sh", PROGRAM])
            .args(arguments(&file)),
    );
    let url = program.url();
    let (mut instance, mut kept) = Default::default();
    for lengths in [&[20_000][..], &[20_000, 2_000], ALL] {
        let filled = FullDatabase::new(url.clone(), lengths, "disk I/O error").await;
        (instance, kept) = filled.reset().await;
    }
    program.kill();
    assert!(file.is_symlink());
    assert_eq!(mode(None), 0o600);

    let mut program = Program::start(&arguments(&file));
    let filled = FullDatabase {
        url: program.url(),
        client: Client::new(),
    };
    assert_eq!(filled.get("/api/state").await["instance"], instance);
    assert_eq!(numbers(&filled.get("/all").await), kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_removed_is_kept_and_the_error_says_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("events.db");
    let mut program = Program::start_by(
        Command::new("sh")
            .args(["-c", SMALL_FILES, "sh", PROGRAM])
            .args(arguments(&file)),
    );
    let filled = FullDatabase::new(program.url(), ALL, "disk I/O error").await;
    let all = numbers(&filled.get("/all").await);
    let moved = directory.path().join("moved");
    std::fs::rename(&file, &moved).unwrap();
    std::fs::create_dir(&file).unwrap();
    let reset = filled.client.post(format!("{}/reset", filled.url));
    let response = reset.send().await.unwrap();
    assert_eq!(response.status(), 500);
    let error = json_of(response).await["error"].take();
    let error = error.as_str().unwrap();
    assert!(error.starts_with("nothing was deleted"), "{error}");
    assert!(
        error.contains(&format!("delete {}", file.display())),
        "{error}"
    );

    std::fs::remove_dir(&file).unwrap();
    std::fs::rename(&moved, &file).unwrap();
    assert_eq!(numbers(&filled.get("/all").await), all);
    filled.reset().await;
}

fn arguments(file: &Path) -> [&str; 4] {
    ["--listen", "127.0.0.1:0", "--db", file.to_str().unwrap()]
}

/// A server whose database is full.
#[derive(Clone)]
struct FullDatabase {
    url: String,
    client: Client,
}

impl FullDatabase {
    /// Fills the database with events of each length, until none of that length fits.
    async fn new(url: String, lengths: &[usize], error: &str) -> Self {
        let filled = Self {
            url,
            client: Client::new(),
        };
        for length in lengths {
            while filled.send(*length).await == 200 {}
        }
        let state = filled.get("/api/state").await;
        assert_eq!(state["notWritten"]["error"], error);
        filled
    }

    async fn get(&self, path: &str) -> Value {
        let response = self.client.get(format!("{}{path}", self.url)).send().await;
        let response = response.unwrap();
        let status = response.status();
        let body = json_of(response).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    async fn send(&self, length: usize) -> u16 {
        let mut call = message(1, "c");
        call["properties"]["message_body"] = "x".repeat(length).into();
        call.as_object_mut().unwrap().remove("messageId");
        let url = format!("{}/v1/batch", self.url);
        let body = json!({ "batch": [call] }).to_string();
        let response = self.client.post(url).body(body).send().await.unwrap();
        response.status().as_u16()
    }

    /// Resets the database while other clients read from it. Returns the instance id, and the
    /// sequence numbers of the events that are stored afterwards.
    async fn reset(&self) -> (Value, Vec<u64>) {
        let before = self.get("/api/state").await;
        let (events, last) = (
            before["events"].as_u64().unwrap(),
            before["lastSeq"].as_u64().unwrap(),
        );
        let live = self.client.get(format!("{}/api/live", self.url));
        let mut live = live.send().await.unwrap();
        let done = Arc::new(AtomicBool::new(false));
        let readers: Vec<_> = (0..3)
            .map(|_| tokio::spawn(self.clone().read_repeatedly(events, Arc::clone(&done))))
            .collect();
        let reset = self.client.post(format!("{}/reset", self.url));
        let response = reset.send().await.unwrap();
        let status = response.status();
        let body = json_of(response).await;
        assert_eq!((status.as_u16(), &body), (200, &json!({"deleted": events})));
        let state = self.get("/api/state").await;
        done.store(true, Relaxed);
        for reader in readers {
            reader.await.unwrap();
        }
        let mut received = String::new();
        while !received.contains("event: reset\n") {
            received.push_str(&String::from_utf8_lossy(
                &live.chunk().await.unwrap().unwrap(),
            ));
        }

        assert_eq!(state.get("notWritten"), None);
        assert_eq!(
            (&state["events"], &state["lastSeq"]),
            (&json!(0), &json!(last))
        );
        assert_eq!(state["instance"], before["instance"]);
        // There is now room for new events.
        let again = events / 2;
        for _ in 0..again {
            assert_eq!(self.send(2_000).await, 200);
        }
        let numbers = numbers(&self.get("/all").await);
        assert_eq!(numbers, (last + 1..=last + again).collect::<Vec<_>>());
        (before["instance"].clone(), numbers)
    }

    /// Reads repeatedly. Checks that each result has either all events or none.
    async fn read_repeatedly(self, events: u64, done: Arc<AtomicBool>) {
        while !done.load(Relaxed) {
            let all = numbers(&self.get("/all?raw=0").await).len() as u64;
            assert!(all == events || all == 0, "{all} of {events}");
            let listed = self.get("/api/conversations").await;
            let listed = listed["conversations"].as_array().unwrap().len();
            assert!(listed <= 1);
        }
    }
}
