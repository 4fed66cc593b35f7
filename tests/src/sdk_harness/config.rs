//! Where calls are sent, and which settings are given.

use copilot_track::TrackerBuilder;

/// The endpoint that a host names, with or without a scheme: this machine is spoken to in plain
/// HTTP, the world in HTTPS.
pub fn endpoint(host: &str) -> String {
    if host.contains("://") {
        return host.to_owned();
    }
    let local = ["localhost", "127.", "[::1]"];
    let scheme = if local.iter().any(|start| host.starts_with(start)) {
        "http"
    } else {
        "https"
    };
    format!("{scheme}://{host}")
}

/// Sets what is given, and leaves the default else.
pub fn set<T>(
    builder: TrackerBuilder,
    value: Option<T>,
    set: impl FnOnce(TrackerBuilder, T) -> TrackerBuilder,
) -> TrackerBuilder {
    match value {
        Some(value) => set(builder, value),
        None => builder,
    }
}
