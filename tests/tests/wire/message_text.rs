//! The text of messages.

use copilot_track_tests::{FaultServer, TEST_TIMEOUT, fast_tracker_builder, test_user};

#[test]
fn any_character_survives() {
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server).build().unwrap();
    let conversation = tracker.conversation(test_user());
    // Characters of every UTF-8 length, including those just before and after the surrogates.
    let all: Vec<char> = ('\0'..='\u{fff}')
        .chain('\u{d000}'..='\u{e0ff}')
        .chain('\u{fff0}'..='\u{100ff}')
        .chain(['\u{10ffff}', '😀', '\u{feff}'])
        .collect();
    let texts: Vec<String> = all
        .chunks(500)
        .map(|chunk| chunk.iter().collect())
        .collect();
    for text in &texts {
        conversation.message_sent(text.clone());
    }
    assert!(tracker.shutdown_blocking(TEST_TIMEOUT).is_all_delivered());
    let log = server.log();
    let sent: Vec<_> = log
        .events()
        .iter()
        .filter_map(|event| event["properties"]["message_body"].as_str())
        .map(str::to_owned)
        .collect();
    assert_eq!(sent, texts);
}

#[test]
fn the_message_body_is_truncated_before_other_properties() {
    use copilot_track::TrackEvent as _;
    use copilot_track::spec::MessageSent;
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server).build().unwrap();
    let conversation = tracker.conversation(test_user());
    let page = "p".repeat(20_000);
    let body = "s".repeat(15_000);
    conversation.track(MessageSent::new(body.clone()).property("page", &page));
    assert!(tracker.shutdown_blocking(TEST_TIMEOUT).is_all_delivered());
    let log = server.log();
    let properties = &log.events()[1]["properties"];
    assert_eq!(properties["page"], *page);
    let sent = properties["message_body"].as_str().unwrap();
    assert!(
        sent.ends_with("… [truncated: 15000 bytes in full]"),
        "{}",
        &sent[11_000..]
    );
    assert_eq!(properties["role"], "customer");
}

#[test]
fn text_that_looks_truncated_is_sent_unchanged() {
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server).build().unwrap();
    let text = "quoted… [truncated: 5 bytes in full]";
    tracker.conversation(test_user()).message_sent(text);
    assert!(tracker.shutdown_blocking(TEST_TIMEOUT).is_all_delivered());
    let log = server.log();
    assert_eq!(log.events()[1]["properties"]["message_body"], text);
}
