//! Default features: rustls with *aws-lc-rs*.

use copilot_track_tls::{Authority, Program, Server, dependencies};

fn program(url: &str) -> Program {
    Program::new("aws-lc-rs", url)
}

#[test]
fn ring_is_not_a_dependency() {
    let dependencies = dependencies("aws-lc-rs");
    assert!(dependencies.iter().any(|name| name == "aws-lc-rs"));
    assert!(!dependencies.iter().any(|name| name == "ring"));
}

#[test]
fn a_root_certificate_of_the_builder_is_trusted() {
    let authority = Authority::new();
    let server = Server::https(&authority);
    program(server.url())
        .root(authority.file())
        .run()
        .assert_delivered();
}

#[test]
fn a_certificate_of_the_environment_is_trusted() {
    let authority = Authority::new();
    let server = Server::https(&authority);
    let file = program(server.url()).env("SSL_CERT_FILE", authority.file());
    file.run().assert_delivered();
    let directory = program(server.url()).env("SSL_CERT_DIR", authority.directory());
    directory.run().assert_delivered();
}

#[test]
fn other_certificates_are_refused() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = Server::https(&authority);
    let program_with_other = program(server.url()).root(other.file());
    program_with_other.run().assert_untrusted("UnknownIssuer");
    program(server.url())
        .run()
        .assert_untrusted("UnknownIssuer");
}

#[test]
fn without_root_certificates_the_error_says_what_to_install() {
    let authority = Authority::new();
    let server = Server::https(&authority);
    let without = |url: &str| program(url).env("SSL_CERT_FILE", "/does/not/exist.pem");
    without(server.url()).run().assert_config_error(&[
        "install the package `ca-certificates`",
        "SSL_CERT_FILE",
        "'/does/not/exist.pem'",
    ]);
    // The system's certificates are not needed if the builder adds others or if the endpoint does
    // not use HTTPS.
    let other = without(server.url()).root(authority.file());
    other.run().assert_delivered();
    without(Server::http().url()).run().assert_delivered();
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
        valid.replace("-----END", "-----END OF"),
        valid.replace("CERTIFICATE", "PRIVATE KEY"),
    ] {
        std::fs::write(&file, &invalid).unwrap();
        let outcome = program(server.url()).root(&file).run();
        outcome.assert_config_error(&["-----BEGIN CERTIFICATE-----"]);
    }
}

#[test]
fn the_proxy_of_the_environment_is_used() {
    let authority = Authority::new();
    let proxy = Server::proxy(&authority);
    let proxy_url = proxy.url().replace("//", "//me:p4ss@");
    let program = program(&Server::url_behind_proxy())
        .root(authority.file())
        .env("HTTPS_PROXY", proxy_url);
    program.run().assert_delivered();
    let tunnels = proxy.tunnels();
    let head = tunnels.first().unwrap();
    assert!(
        head.starts_with("CONNECT api.copilot.example:443 "),
        "{head}"
    );
    assert!(
        head.contains("roxy-authorization: Basic bWU6cDRzcw=="),
        "{head}"
    );
}

#[test]
fn the_log_does_not_contain_the_password_of_the_proxy() {
    let authority = Authority::new();
    let program = program(&Server::url_behind_proxy())
        .root(authority.file())
        .env("HTTPS_PROXY", "http://me:p4ss@127.0.0.1:9");
    let outcome = program.run();
    assert_eq!(outcome.output, "not delivered");
    let [warning] = &outcome.warnings[..] else {
        panic!("{:#?}", outcome.warnings);
    };
    assert!(warning.contains("was refused"), "{warning}");
    assert!(!warning.contains("p4ss"), "{warning}");
}
