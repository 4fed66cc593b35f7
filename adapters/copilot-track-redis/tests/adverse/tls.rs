//! Servers with TLS. Their certificates come from a certificate authority that only the test knows.

use std::path::Path;
use std::process::Command;

use copilot_track::Conversations;
use copilot_track_redis::{ConnectError, RedisStore};
use tempfile::TempDir;

use crate::common::{Server, free_port};
use crate::{assert_end, new_test, send_messages};

/// Runs openssl in a directory. Returns `false` if it is not installed.
fn openssl(directory: &Path, args: &str) -> bool {
    let output = Command::new("openssl")
        .args(args.split(' '))
        .current_dir(directory)
        .output();
    let Ok(output) = output else {
        assert!(std::env::var_os("CI").is_none(), "openssl is not installed");
        println!("skipped: openssl is not installed");
        return false;
    };
    assert!(output.status.success(), "openssl {args}: {output:?}");
    true
}

/// Creates an authority and a certificate for 127.0.0.1.
fn create_certificates(directory: &Path) -> bool {
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    std::fs::write(directory.join("san.cnf"), "subjectAltName=IP:127.0.0.1\n").unwrap();
    openssl(
        directory,
        &format!("req -x509 {key} -keyout ca.key -out ca.pem -subj /CN=authority -days 2"),
    ) && openssl(
        directory,
        &format!("req {key} -keyout server.key -out server.csr -subj /CN=server"),
    ) && openssl(
        directory,
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 \
         -extfile san.cnf",
    )
}

#[tokio::test]
async fn root_certificates_are_trusted() {
    let directory = TempDir::new().unwrap();
    if !create_certificates(directory.path()) {
        return;
    }
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let port = free_port().to_string();
    let (certificate, key, authority) = (path("server.pem"), path("server.key"), path("ca.pem"));
    let Some(_server) = Server::start(&[
        "--tls-port",
        &port,
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &key,
        "--tls-ca-cert-file",
        &authority,
        "--tls-auth-clients",
        "no",
    ]) else {
        return;
    };
    let url = format!("rediss://127.0.0.1:{port}/2");
    let pem = std::fs::read(authority).unwrap();
    let test = new_test();
    let mut replicas = Vec::new();
    for _ in 0..2 {
        let store = RedisStore::options()
            .root_certificates(&pem)
            .connect(&url)
            .await;
        let builder = Conversations::builder(test.tracker()).store(store.unwrap());
        replicas.push(builder.build());
    }
    let replicas = replicas.try_into().unwrap();
    send_messages(&replicas, "c-1").await;
    let store = RedisStore::options()
        .root_certificates(&pem)
        .connect(&url)
        .await;
    assert_end(&test, &replicas, &store.unwrap(), 2).await;

    // The system does not trust the authority.
    let error = RedisStore::connect(&url).await.unwrap_err();
    assert!(matches!(error, ConnectError::Server(_)), "{error:?}");
    let invalid = RedisStore::options().root_certificates("no certificate");
    assert!(invalid.connect(&url).await.is_err());
}
