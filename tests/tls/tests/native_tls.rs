//! The `native-tls` feature.

use copilot_track_tls::{Authority, Program, Server, dependencies};

fn program(url: &str) -> Program {
    Program::new("native-tls", url)
}

#[test]
fn rustls_is_not_a_dependency() {
    let dependencies = dependencies("native-tls");
    assert!(dependencies.iter().any(|name| name == "native-tls"));
    assert!(!dependencies.iter().any(|name| name == "rustls"));
}

#[test]
fn the_same_certificates_are_trusted() {
    let authority = Authority::new();
    let server = Server::https(&authority);
    program(server.url())
        .root(authority.file())
        .run()
        .assert_delivered();
    let file = program(server.url()).env("SSL_CERT_FILE", authority.file());
    file.run().assert_delivered();
    program(server.url())
        .run()
        .assert_untrusted("certificate verify failed");
}

#[test]
fn invalid_root_certificates_are_an_error() {
    let authority = Authority::new();
    let server = Server::https(&authority);
    let file = authority.directory().join("invalid.pem");
    let valid = std::fs::read_to_string(authority.file()).unwrap();
    for invalid in [
        String::new(),
        "no PEM".to_owned(),
        valid.replace("MII", "AAA"),
    ] {
        std::fs::write(&file, &invalid).unwrap();
        let outcome = program(server.url()).root(&file).run();
        outcome.assert_config_error(&["-----BEGIN CERTIFICATE-----"]);
    }
}
