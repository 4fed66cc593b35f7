//! The vocabulary of `copilot-track-plan` compared with the events of `copilot-track`.

use copilot_track::testing::TestTracker;
use copilot_track::{Event, OPT_IN_PROPERTIES, Role, TrackEvent as _, spec};

#[test]
fn the_opt_in_properties_are_the_same() {
    let sent: Vec<_> = OPT_IN_PROPERTIES
        .iter()
        .map(|property| {
            let (name, json_type) = (property.name, property.json_type);
            (name, json_type, property.events, property.description)
        })
        .collect();
    let planned: Vec<_> = copilot_track_plan::OPT_IN_PROPERTIES
        .iter()
        .map(|property| {
            let (name, json_type) = (property.name, property.json_type);
            (name, json_type, property.events, property.description)
        })
        .collect();
    assert_eq!(sent, planned);
}

fn spec_events() -> Vec<Event> {
    vec![
        spec::ConversationStarted::new().into_event(),
        spec::MessageSent::new("a").into_event(),
        spec::MessageReceived::new("a").into_event(),
        spec::ConversationEnded::new(2).into_event(),
        spec::ActionInvoked::new("a", "b").into_event(),
        spec::MediaGenerated::new("a", "b")
            .role(Role::Agent)
            .into_event(),
        spec::ComponentLoaded::new("a").into_event(),
        spec::CustomComponentLoaded::new("a").into_event(),
        spec::FeedbackSubmitted::new(1).into_event(),
    ]
}

#[test]
fn every_property_of_the_spec_is_planned() {
    for event in spec_events() {
        let test = TestTracker::new();
        let name = event.name().into_owned();
        let rule = copilot_track_plan::spec_rule(&name);
        let rule = rule.unwrap_or_else(|| panic!("the vocabulary has no {name}"));
        test.conversation().track(event);
        let events = test.events_named(&name);
        let [event] = events.as_slice() else {
            panic!("{name}: {events:?}")
        };
        let mut sent: Vec<_> = event.properties().iter().map(|(name, _)| *name).collect();
        // A message that is tracked by hand has no id.
        sent.push("messageId");
        let planned: Vec<_> = rule.fields().map(|field| field.name).collect();
        for name in &sent {
            assert!(
                planned.contains(name) || *name == "messageId",
                "{}: {name}",
                rule.key()
            );
        }
        for name in &planned {
            assert!(sent.contains(name), "{}: {name}", rule.key());
        }
    }
}
