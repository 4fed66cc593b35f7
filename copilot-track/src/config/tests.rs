use crate::config::builder::TrackerBuilder;
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
