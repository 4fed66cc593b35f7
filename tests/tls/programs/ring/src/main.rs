//! A program with rustls and *ring*. It installs *ring* if `INSTALL` is set.

#[path = "../../send.rs"]
mod send;

fn main() {
    if std::env::var_os("INSTALL").is_some() {
        rustls::crypto::ring::default_provider()
            .install_default()
            .expect("the only provider");
    }
    send::send(|builder, pem| builder.root_certificates(pem));
}
