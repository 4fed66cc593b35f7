//! The libraries under comparison.

/// A library, used in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Subject {
    /// The name in the tables.
    pub(crate) name: &'static str,
    pub(crate) package: &'static str,
    pub(crate) variant: &'static str,
    /// Whether its events are sent to the server.
    pub(crate) sends: bool,
}

const fn subject(
    name: &'static str,
    package: &'static str,
    variant: &'static str,
    sends: bool,
) -> Subject {
    Subject {
        name,
        package,
        variant,
        sends,
    }
}

pub(crate) const PLAIN: Subject = subject("plain call", "peer-plain", "plain", false);
pub(crate) const OUT_OF_SCOPE: Subject = subject(
    "copilot-track, out of scope",
    "peer-copilot-track",
    "out-of-scope",
    false,
);
pub(crate) const DISABLED: Subject = subject(
    "copilot-track, disabled",
    "peer-copilot-track",
    "disabled",
    false,
);
pub(crate) const MEMORY: Subject = subject(
    "copilot-track, memory",
    "peer-copilot-track",
    "memory",
    false,
);
pub(crate) const OURS: Subject = subject("copilot-track, HTTP", "peer-copilot-track", "http", true);
pub(crate) const INLINE: Subject = subject("segment, inline", "peer-segment", "inline", true);
pub(crate) const BARE: Subject = subject(
    "segment, inline, README's fields only",
    "peer-segment",
    "inline-bare",
    true,
);
pub(crate) const CHANNEL: Subject = subject(
    "segment, channel and worker",
    "peer-segment",
    "channel",
    true,
);
pub(crate) const POSTHOG: Subject = subject("posthog-rs", "peer-posthog", "client", true);
pub(crate) const POSTHOG_GLOBAL: Subject =
    subject("posthog-rs, global", "peer-posthog", "global", true);
pub(crate) const RUDDER: Subject = subject("rudderanalytics", "peer-rudder", "each", true);
pub(crate) const RUDDER_BATCHES: Subject = subject(
    "rudderanalytics, batches by hand",
    "peer-rudder",
    "batches",
    true,
);
pub(crate) const TRACING_NONE: Subject =
    subject("tracing, no subscriber", "peer-tracing", "none", false);
pub(crate) const TRACING_NOOP: Subject =
    subject("tracing, no-op layer", "peer-tracing", "no-op", false);
pub(crate) const TRACING_JSON: Subject = subject("tracing, JSON", "peer-tracing", "json", false);
pub(crate) const FASTRACE_NONE: Subject = subject(
    "fastrace, no parent",
    "peer-fastrace",
    "out-of-scope",
    false,
);
pub(crate) const FASTRACE: Subject = subject("fastrace, span", "peer-fastrace", "no-op", false);

/// The crates that a clean build of copilot-track is compared with.
pub(crate) const PARTS: &str = "segment without TLS, and reqwest 0.13";

/// The application that libraries are added to.
pub(crate) const PLAIN_APPLICATION: &str = "the application alone";

/// All subjects, in the order of the tables.
pub(crate) const ALL: [Subject; 17] = [
    PLAIN,
    OUT_OF_SCOPE,
    DISABLED,
    TRACING_NONE,
    FASTRACE_NONE,
    MEMORY,
    OURS,
    TRACING_NOOP,
    FASTRACE,
    TRACING_JSON,
    INLINE,
    BARE,
    CHANNEL,
    POSTHOG,
    POSTHOG_GLOBAL,
    RUDDER,
    RUDDER_BATCHES,
];
