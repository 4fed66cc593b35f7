//! The libraries as dependencies in a manifest.

use crate::subjects;
use crate::workspace::root;

/// The name of each library, and the dependency that a user would write for it.
pub(super) const LIBRARIES: [(&str, &str); 6] = [
    (
        "copilot-track",
        "copilot-track = { path = \"ROOT/../copilot-track\" }",
    ),
    ("segment", "segment = \"0.2.6\""),
    ("posthog-rs", "posthog-rs = \"0.30\""),
    (
        "rudderanalytics",
        // The default features need OpenSSL's headers.
        "rudderanalytics = { version = \"2.0\", default-features = false, features = [\"rustls-tls\"] }",
    ),
    (
        "tracing",
        "tracing = \"0.1\"\ntracing-subscriber = { version = \"0.3\", features = [\"json\"] }\ntracing-appender = \"0.2\"",
    ),
    (
        "fastrace",
        "fastrace = { version = \"0.7\", features = [\"enable\"] }",
    ),
];

/// The main dependencies of copilot-track, with which it is compared: `segment`, which defines its
/// messages, and `reqwest`, an HTTP client with TLS.
pub(super) const PARTS: (&str, &str) = (
    subjects::PARTS,
    "segment = { version = \"0.2.6\", default-features = false }\n\
     reqwest = { version = \"0.13\", default-features = false, features = [\"rustls\"] }",
);

/// The number of rounds for each measurement that has a target.
pub(super) const ROUNDS: usize = 3;

pub(super) fn dependency(library: &str) -> String {
    LIBRARIES
        .iter()
        .find(|(name, _)| *name == library)
        .map_or_else(String::new, |(_, text)| {
            text.replace("ROOT", &root().to_string_lossy())
        })
}
