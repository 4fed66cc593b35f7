//! The modes of the files that contain events.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt as _, process::Command};

use reqwest::Client;
use serde_json::json;

use crate::{
    program::{PROGRAM, Program},
    support::message,
};

#[tokio::test]
async fn only_the_owner_can_access_the_database() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("events.db");
    let mut program = Program::start_by(
        Command::new("sh")
            .args(["-c", r#"umask 0 && exec "$0" "$@""#, PROGRAM])
            .args(["--listen", "127.0.0.1:0", "--db"])
            .arg(&file),
    );
    let url = program.url();
    let client = Client::new();
    let modes = || -> BTreeMap<_, _> {
        let entries = fs::read_dir(directory.path()).unwrap();
        entries
            .map(|entry| {
                let entry = entry.unwrap();
                let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
                (entry.file_name().into_string().unwrap(), mode)
            })
            .collect()
    };
    let names = [
        "events.db",
        "events.db-shm",
        "events.db-wal",
        "events.db.lock",
    ];
    let private = BTreeMap::from(names.map(|name| (name.to_owned(), 0o600)));
    for _ in 0..2 {
        let body = json!({ "batch": [message(1, "c")] }).to_string();
        let sent = client.post(format!("{url}/v1/batch")).body(body).send();
        assert_eq!(sent.await.unwrap().status(), 200);
        assert_eq!(modes(), private);
        // A reset replaces the file.
        let reset = client.post(format!("{url}/reset")).send();
        assert_eq!(reset.await.unwrap().status(), 200);
    }
}
