//! A program that sends one event.

#[path = "../../send.rs"]
mod send;

fn main() {
    send::send(|builder, pem| builder.root_certificates(pem));
}
