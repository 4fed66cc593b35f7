//! The `rustls-no-provider` feature, in a program with *ring*.

use copilot_track_tls::{Authority, Program, Server, dependencies};

#[test]
fn aws_lc_rs_is_not_a_dependency() {
    let dependencies = dependencies("ring");
    assert!(dependencies.iter().any(|name| name == "ring"));
    assert!(!dependencies.iter().any(|name| name == "aws-lc-rs"));
}

#[test]
fn the_provider_of_the_program_is_used() {
    let authority = Authority::new();
    let server = Server::https(&authority);
    let program = || Program::new("ring", server.url()).env("INSTALL", "1");
    program().root(authority.file()).run().assert_delivered();
    let file = program().env("SSL_CERT_FILE", authority.file());
    file.run().assert_delivered();
    program().run().assert_untrusted("UnknownIssuer");
}

#[test]
fn without_a_provider_the_error_says_what_to_do() {
    let authority = Authority::new();
    let server = Server::https(&authority);
    let program = Program::new("ring", server.url()).root(authority.file());
    program
        .run()
        .assert_config_error(&["install_default()", "`rustls`"]);
}
