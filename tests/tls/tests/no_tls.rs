//! No TLS feature.

use copilot_track_tls::{Authority, Program, Server, dependencies};

#[test]
fn no_tls_library_is_a_dependency() {
    let dependencies = dependencies("no-tls");
    for name in ["rustls", "native-tls", "aws-lc-rs", "ring"] {
        assert!(!dependencies.iter().any(|other| other == name), "{name}");
    }
}

#[test]
fn only_plain_http_is_accepted() {
    let server = Server::http();
    Program::new("no-tls", server.url())
        .run()
        .assert_delivered();
    let server = Server::https(&Authority::new());
    let outcome = Program::new("no-tls", server.url()).run();
    outcome.assert_config_error(&["https requires the `rustls`"]);
}
