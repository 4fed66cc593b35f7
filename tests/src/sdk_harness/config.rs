//! The endpoint and the settings of a tracker.

use copilot_track::TrackerBuilder;

/// Returns the endpoint for a host name or URL. If the scheme is missing, uses HTTP for this
/// machine and HTTPS for other hosts.
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

/// Applies a setting if there is a value.
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
