//! Building a tracker with an invalid configuration returns an error.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests panic on failure"
)]

use std::collections::BTreeSet;
use std::time::Duration;

use copilot_track::{
    ConfigError, ConversationId, CustomEvent, MessageId, Tracker, TrackerBuilder, User,
};
use copilot_track_tests::{FaultServer, TEST_TIMEOUT, numbered_event, test_user, tracker_builder};

fn build_error(builder: TrackerBuilder) -> ConfigError {
    builder.build().unwrap_err()
}

fn with_endpoint(endpoint: &str) -> TrackerBuilder {
    Tracker::builder().write_key("key").endpoint(endpoint)
}

#[test]
fn a_valid_write_key_is_required() {
    assert!(matches!(
        build_error(Tracker::builder()),
        ConfigError::NoWriteKey
    ));
    for key in [
        "",
        "  ",
        "\n",
        "two words",
        "nul\0",
        "\"quoted\"",
        "\u{FEFF}bom",
        "${SEGMENT_WRITE_KEY}",
        "YOUR_WRITE_KEY",
        "user:password",
    ] {
        let error = build_error(Tracker::builder().write_key(key));
        assert!(
            matches!(error, ConfigError::InvalidWriteKey { .. }),
            "{key:?}: {error}"
        );
    }
    // A trailing line break is removed, because keys are often copied with one.
    assert!(
        tracker_builder("http://127.0.0.1:1")
            .write_key("key\n")
            .build()
            .is_ok()
    );
}

#[test]
fn an_endpoint_must_be_a_url() {
    for endpoint in [
        "",
        "api.segment.io",
        "//api.segment.io",
        "https://",
        "https://:443",
        "https://x:99999",
        "ftp://example.com",
        "file:///etc/passwd",
        "data:text/plain,x",
        "https://user:hunter2@example.com",
        "https://example.com?a=b",
        "https://example.com#fragment",
        "https://exa mple.com",
    ] {
        let error = build_error(with_endpoint(endpoint));
        assert!(
            matches!(error, ConfigError::InvalidEndpoint { .. }),
            "{endpoint}: {error}"
        );
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

#[test]
fn plain_http_is_only_allowed_for_the_loopback_address() {
    for endpoint in [
        "http://example.com",
        "http://10.0.0.1",
        "http://192.168.0.1:8080",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://[2001:db8::1]",
        "http://0.0.0.0",
    ] {
        let error = build_error(with_endpoint(endpoint));
        assert!(
            matches!(error, ConfigError::PlainHttp { .. }),
            "{endpoint}: {error}"
        );
        assert!(
            with_endpoint(endpoint)
                .allow_plain_http(true)
                .build()
                .is_ok(),
            "{endpoint}"
        );
    }
    for endpoint in [
        "http://localhost:1",
        "http://127.0.0.1:1",
        "http://127.1:1",
        "http://[::1]:1",
        "http://[::ffff:127.0.0.1]:1",
    ] {
        assert!(with_endpoint(endpoint).build().is_ok(), "{endpoint}");
    }
}

#[test]
fn the_endpoints_path_is_kept() {
    for (below, path) in [
        ("", "/v1/batch"),
        ("/", "/v1/batch"),
        ("/segment", "/segment/v1/batch"),
        ("/segment/", "/segment/v1/batch"),
        ("/v1", "/v1/batch"),
        ("/v1/import", "/v1/import"),
        ("/v1/segment", "/v1/segment/v1/batch"),
        ("/api/v1/analytics", "/api/v1/analytics/v1/batch"),
    ] {
        let server = FaultServer::healthy();
        let tracker = tracker_builder(&(server.url() + below)).build().unwrap();
        tracker.track(&test_user(), numbered_event(1));
        assert!(tracker.shutdown_blocking(TEST_TIMEOUT).is_all_delivered());
        assert_eq!(server.log().requests[0].path, path, "{below}");
    }
}

#[test]
fn numbers_out_of_range_are_errors() {
    let valid = || with_endpoint("http://127.0.0.1:1");
    for wrong in [
        valid().flush_at(0),
        valid().flush_at(2_501),
        valid().max_queue_events(0),
        valid().max_queue_bytes(0),
        valid().max_in_flight(0),
        valid().max_in_flight(257),
        valid().request_timeout(Duration::ZERO),
        valid().flush_interval(Duration::from_secs(61)),
    ] {
        assert!(matches!(build_error(wrong), ConfigError::OutOfRange { .. }));
    }
}

#[test]
fn extreme_values_within_the_ranges_work() {
    let server = FaultServer::healthy();
    let tracker = tracker_builder(&server.url())
        .flush_at(1)
        .max_queue_events(usize::MAX)
        .max_queue_bytes(usize::MAX)
        .max_in_flight(256)
        .request_timeout(Duration::MAX)
        .retry_budget(Duration::MAX)
        .drop_timeout(Duration::MAX)
        .flush_interval(Duration::ZERO)
        .build()
        .unwrap();
    for number in 0..300 {
        tracker.track(&test_user(), numbered_event(number));
    }
    assert!(tracker.flush_blocking(Duration::MAX).is_all_delivered());
    assert!(tracker.shutdown_blocking(Duration::MAX).is_all_delivered());
}

#[test]
fn invalid_ids_are_errors() {
    for id in ["", " ", "\t\n", &"ü".repeat(101)] {
        assert!(ConversationId::new(id).is_err(), "{id:?}");
        assert!(MessageId::new(id).is_err(), "{id:?}");
        assert!(User::known(id).is_err(), "{id:?}");
        assert!(User::anonymous(id).is_err(), "{id:?}");
        assert!(User::both("123", id).is_err(), "{id:?}");
    }
    let longest = "ü".repeat(100);
    assert_eq!(ConversationId::new(&longest).unwrap().as_str(), longest);
    assert!(CustomEvent::new(" ").is_err());
}

#[test]
fn the_pages_on_configuration_list_every_variable() {
    let read = |path: &str| {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        std::fs::read_to_string(root.join(path)).unwrap()
    };
    let source = read("copilot-track/src/config/environment/from_env.rs");
    let constants: BTreeSet<&str> = source
        .lines()
        .filter(|line| line.starts_with("const "))
        .flat_map(variables)
        .collect();
    assert!(constants.len() > 20, "{constants:?}");
    assert_eq!(first_columns(&source), constants);
    assert_eq!(first_columns(&read("docs/configuration.md")), constants);
}

/// Returns the variables named in the first columns of Markdown tables.
fn first_columns(text: &str) -> BTreeSet<&str> {
    text.lines()
        .map(|line| line.trim_start().trim_start_matches("/// "))
        .filter(|line| line.starts_with("| `"))
        .filter_map(|row| variables(row).next())
        .collect()
}

/// Returns the names of environment variables in a line.
fn variables(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !(c.is_ascii_uppercase() || c == '_'))
        .filter(|word| word.starts_with("COPILOT_TRACK_") || *word == "SEGMENT_WRITE_KEY")
}

#[test]
fn additional_root_certificates_must_be_valid_certificates() {
    for pem in [
        "",
        "not PEM",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n",
    ] {
        for endpoint in ["https://api.segment.io", "http://127.0.0.1:1"] {
            let error = build_error(with_endpoint(endpoint).root_certificates(pem));
            let ConfigError::InvalidRootCertificates(_) = error else {
                panic!("{pem}: {error}");
            };
            assert!(error.to_string().contains("-----BEGIN CERTIFICATE-----"));
        }
    }
}
