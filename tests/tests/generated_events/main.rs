//! Events that were generated from a tracking plan: they compile, and what they send matches the
//! plan.

use std::{collections::BTreeMap, time::SystemTime};

use copilot_track::{OPT_IN_PROPERTIES, spec, testing::TestTracker};
use copilot_track_plan::{
    Checker, GenerateOptions, Plan, diff, generate, is_spec_event, spec_rule,
};

mod events;

const PLAN: &str = include_str!("plan.json");

#[test]
fn the_generated_file_is_current() {
    let plan = Plan::parse(PLAN).unwrap();
    let rust = generate(&plan, &GenerateOptions::default());
    assert_eq!(rust.notes, []);
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/generated_events/events.rs"
    );
    let current = std::fs::read_to_string(file).unwrap_or_default();
    if current != rust.code {
        // The next build uses the new file.
        std::fs::write(file, &rust.code).unwrap();
        panic!("{file} was not current and has been written; review and commit it");
    }
}

#[test]
fn generated_events_match_their_plan() {
    let tracker = TestTracker::new();
    let turn = tracker.conversation().turn("I want to order a book");
    turn.track(events::OrderPlaced {
        deliver_at: Some(SystemTime::UNIX_EPOCH),
        gift_wrap: Some(true),
        item_id: "1".to_owned(),
        lines: vec![events::OrderPlacedLines {
            note: None,
            quantity: 2,
            r#type: events::OrderPlacedLinesType::EBook,
        }],
        stock: Some(BTreeMap::from([("Berlin".to_owned(), 3)])),
        total: 19.99,
    });
    turn.track(events::CartCleared {});

    let checker = Checker::new(&Plan::parse(PLAN).unwrap());
    let mut names = Vec::new();
    for event in tracker.events() {
        if !is_spec_event(event.name()) {
            assert_eq!(checker.check(&event.json()), []);
            names.push(event.name().to_owned());
        }
    }
    assert_eq!(names, ["Order Placed", "cart cleared"]);
}

/// The library adds its own ids, and `plan!` does not describe the items of lists of structs.
#[test]
fn the_types_of_generated_events_are_those_of_the_plan() {
    let again = copilot_track::plan![events::OrderPlaced, events::CartCleared].plan();
    let changes = diff(&Plan::parse(PLAN).unwrap(), &again);
    let is_expected = |field: &str| {
        field.starts_with("lines[]") || field == "conversationId" || field == "messageId"
    };
    let changes: Vec<_> = changes
        .iter()
        .filter(|change| {
            change
                .field
                .as_deref()
                .is_some_and(|field| !is_expected(field))
        })
        .map(ToString::to_string)
        .collect();
    assert_eq!(changes, [""; 0]);
}

/// `copilot-track-plan` does not depend on `copilot-track`, so it repeats these tables.
#[test]
fn the_vocabulary_is_that_of_the_library() {
    let library: Vec<_> = OPT_IN_PROPERTIES
        .iter()
        .map(|property| {
            (
                property.name,
                property.json_type,
                property.events,
                property.description,
            )
        })
        .collect();
    let plan: Vec<_> = copilot_track_plan::OPT_IN_PROPERTIES
        .iter()
        .map(|property| {
            (
                property.name,
                property.json_type,
                property.events,
                property.description,
            )
        })
        .collect();
    assert_eq!(plan, library);
    for (name, properties) in [
        (spec::ConversationStarted::NAME, &[][..]),
        (spec::MessageSent::NAME, &["message_body", "role"]),
        (spec::MessageReceived::NAME, &["message_body", "role"]),
        (spec::ConversationEnded::NAME, &["message_count"]),
        (spec::ActionInvoked::NAME, &["type", "action", "role"]),
        (spec::MediaGenerated::NAME, &["type", "sub_type", "role"]),
        (spec::ComponentLoaded::NAME, &["type"]),
        (spec::CustomComponentLoaded::NAME, &["type"]),
        (spec::FeedbackSubmitted::NAME, &["rating"]),
    ] {
        let rule = spec_rule(name).unwrap();
        let is_id = |name: &str| name == "conversationId" || name == "messageId";
        let mut found: Vec<_> = rule
            .fields()
            .map(|field| field.name)
            .filter(|name| !is_id(name))
            .collect();
        let mut expected = properties.to_vec();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{name}");
    }
}
