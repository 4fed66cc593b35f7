//! A program with the default features of copilot-track. The program also uses `reqwest` and rustls
//! directly.

#[path = "../../send.rs"]
mod send;

use copilot_track::Tracker;
use rustls::ClientConfig;
use rustls::crypto::CryptoProvider;

fn main() {
    let tracker = Tracker::builder().write_key("test-key").build();
    assert!(tracker.is_ok() || std::env::var_os("SSL_CERT_FILE").is_some());
    assert!(
        CryptoProvider::get_default().is_none(),
        "a provider was installed for the whole process"
    );
    // This function panics if rustls cannot choose between several providers. The clients of Redis
    // and NATS call it.
    let _ = ClientConfig::builder();
    // These functions panic if they find no provider.
    let _ = reqwest::Client::builder().build();
    let _ = reqwest_0_12::Client::new();
    send::send(|builder, pem| builder.root_certificates(pem));
}
