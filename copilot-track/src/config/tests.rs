use crate::config::builder::TrackerBuilder;
use crate::testing::TestTracker;
use crate::tracker::tracker::Tracker;

#[test]
fn ranges_are_checked() {
    let error = |builder: TrackerBuilder| builder.write_key("k").build().unwrap_err().to_string();
    assert!(error(Tracker::builder().flush_at(2501)).contains("2,500"));
    assert!(error(Tracker::builder().max_queue_events(0)).contains("at least 1"));
    assert!(error(Tracker::builder().max_in_flight(0)).contains("1 to 256"));
}

#[test]
fn the_debug_output_of_an_error_says_what_to_do() {
    let error = Tracker::builder().build().unwrap_err();
    assert!(format!("{error:?}").contains("SEGMENT_WRITE_KEY"));
}

#[test]
fn debug_output_does_not_contain_the_write_key() {
    let builder = Tracker::builder().write_key("secret");
    assert!(!format!("{builder:?}").contains("secret"));
}

/// Without TLS, only trackers that send requests to the default endpoint cannot be built.
#[test]
fn tls_is_needed_only_for_requests() {
    let http = Tracker::builder().write_key("k").build();
    assert_eq!(http.is_ok(), cfg!(feature = "__tls"));
    if let Err(error) = http {
        assert_eq!(
            error.to_string(),
            "invalid endpoint `https://api.segment.io`: https requires the `rustls` or the \
             `native-tls` feature of copilot-track"
        );
    }
    assert!(TestTracker::with(Tracker::builder()).is_ok());
    let json_lines = Tracker::builder().json_lines(std::io::sink());
    assert!(json_lines.build().is_ok());
}
