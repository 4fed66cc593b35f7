//! The `context` and `integrations` of events, and the Group and Alias calls.

use std::panic::panic_any;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use copilot_track::segment::message::{Track, User as SegmentUser};
use copilot_track::spec::{ActionInvoked, MessageSent};
use copilot_track::testing::{CapturedEvent, TestTracker};
use copilot_track::{
    App, ClientIp, Consent, Content, Context, ConversationState, CustomEvent, Page,
    TrackEvent as _, Tracker, TrackerBuilder, User,
};
use serde_json::{Value, json};

fn tracker(builder: TrackerBuilder) -> TestTracker {
    TestTracker::with(builder).unwrap()
}

/// Returns the context without `library`.
fn context_of(event: &Value) -> Value {
    let mut context = event["context"].clone();
    let library = context.as_object_mut().unwrap().remove("library").unwrap();
    assert_eq!(library["name"], "copilot-track");
    context
}

fn contexts(test: &TestTracker) -> Vec<(String, Value)> {
    let events = test.events();
    let context = |event: &CapturedEvent| (event.name().to_owned(), context_of(&event.json()));
    events.iter().map(context).collect()
}

#[test]
fn contexts_are_merged_from_the_tracker_to_the_turn() {
    let app = App::new().name("shop").version("1");
    let test = tracker(Tracker::builder().context(Context::new().app(app).locale("en")));
    let conversation = test.conversation();
    conversation.set_context(Context::new().locale("de").group_id("acme"));
    let page = Context::new().page(Page::new("https://a.example/b").title("B"));
    let turn = conversation.turn_with_context(page, MessageSent::new("Hello"));
    turn.message_received("Hi");
    conversation.action_invoked("Tool Call", "look up");

    let app = json!({ "name": "shop", "version": "1" });
    let conversation = json!({ "app": app, "locale": "de", "groupId": "acme" });
    let mut turn = conversation.clone();
    turn["page"] = json!({ "url": "https://a.example/b", "path": "/b", "title": "B" });
    let expected = [
        ("Conversation Started", &turn),
        ("Message Sent", &turn),
        ("Message Received", &turn),
        ("Action Invoked", &conversation),
    ];
    let expected = expected.map(|(name, context)| (name.to_owned(), context.clone()));
    assert_eq!(contexts(&test), expected);
}

#[test]
fn the_context_of_a_request_is_between_those_of_the_tracker_and_the_conversation() {
    let test = tracker(Tracker::builder().context(Context::new().locale("en").timezone("UTC")));
    let conversation = test.conversation();
    conversation.set_context(Context::new().locale("de").group_id("acme"));
    let request = |locale| {
        let page = Page::new(format!("https://a.example/{locale}"));
        Context::new().locale(locale).timezone("CET").page(page)
    };
    conversation.set_request_context(request("nl"));
    let turn = conversation.turn_in_request(request("fr"), MessageSent::new("Hello"));
    turn.message_received("Hi");
    // What the application sets for the conversation or for the turn wins.
    conversation.set_context(Context::new().locale("it"));
    turn.message_received("Hi");
    let with_page = turn.with_context(Context::new().page(Page::new("https://b.example/")));
    with_page.message_received("Hi");
    conversation.action_invoked("Tool Call", "look up");

    let context = |url: &str, path: &str, locale| {
        let page = json!({ "url": url, "path": path });
        json!({ "locale": locale, "timezone": "CET", "page": page })
    };
    let mut first = context("https://a.example/fr", "/fr", "de");
    first["groupId"] = "acme".into();
    let expected = [
        ("Conversation Started", first.clone()),
        ("Message Sent", first.clone()),
        ("Message Received", first),
        (
            "Message Received",
            context("https://a.example/fr", "/fr", "it"),
        ),
        ("Message Received", context("https://b.example/", "/", "it")),
        (
            "Action Invoked",
            context("https://a.example/nl", "/nl", "it"),
        ),
    ];
    let expected = expected.map(|(name, context)| (name.to_owned(), context));
    assert_eq!(contexts(&test), expected);
    // The context of a request is not part of the state.
    let own = conversation.state().context;
    assert_eq!(own, Some(Context::new().locale("it")));
}

#[test]
fn a_change_of_the_conversation_keeps_the_context_of_a_turn() {
    let test = TestTracker::new();
    let conversation = test.conversation();
    let page = Context::new().page(Page::new("https://a.example/"));
    let turn = conversation.turn("Hello").with_context(page);
    conversation.set_context(Context::new().locale("de"));
    conversation.set_consent(Consent::new().category("Analytics", true));
    turn.in_scope(|| turn.message_received("Hi"));
    let context = context_of(&test.event("Message Received").json());
    assert_eq!(
        context,
        json!({
            "locale": "de", "page": { "url": "https://a.example/", "path": "/" },
            "consent": { "categoryPreferences": { "Analytics": true } },
        })
    );
}

#[test]
fn queued_events_keep_their_context() {
    let test = TestTracker::new();
    let conversation = test.conversation();
    for locale in ["de", "fr"] {
        conversation.set_context(Context::new().locale(locale));
        conversation.action_invoked("Tool Call", locale);
    }
    let events = test.events_named("Action Invoked");
    assert_eq!(events.len(), 2);
    for event in events {
        let locale = event.property("action").unwrap().clone();
        assert_eq!(context_of(&event.json()), json!({ "locale": locale }));
    }
}

#[test]
fn a_conversation_that_is_resumed_keeps_its_context() {
    let test = tracker(Tracker::builder().context(Context::new().timezone("UTC")));
    let conversation = test.conversation();
    conversation.set_context(Context::new().locale("de"));
    let state = serde_json::to_value(conversation.state()).unwrap();
    assert_eq!(state["context"], json!({ "locale": "de" }));
    let state: ConversationState = serde_json::from_value(state).unwrap();
    let other = tracker(Tracker::builder().context(Context::new().timezone("CET")));
    other
        .tracker()
        .resume(state)
        .action_invoked("Tool Call", "a");
    let context = context_of(&other.event("Action Invoked").json());
    assert_eq!(context, json!({ "locale": "de", "timezone": "CET" }));
}

#[test]
fn the_content_policy_applies_to_the_context() {
    let sent = |builder: TrackerBuilder| {
        let test = tracker(builder);
        let conversation = test.conversation();
        let page = Page::new("https://a.example/b?mail=me@example.com").title("T");
        conversation.set_context(Context::new().ip("203.0.113.7").page(page));
        conversation.action_invoked("Tool Call", "a");
        context_of(&test.event("Action Invoked").json())
    };
    assert_eq!(sent(Tracker::builder())["ip"], "203.0.113.7");
    let truncated = sent(Tracker::builder().client_ip(ClientIp::Truncated));
    assert_eq!(truncated["ip"], "203.0.113.0");
    let dropped = sent(Tracker::builder().client_ip(ClientIp::Dropped));
    assert_eq!(dropped.get("ip"), None);
    let masked = sent(Tracker::builder().content(Content::Masked));
    assert_eq!(masked["ip"], "203.0.113.0");
    assert!(!masked.to_string().contains("me@example.com"), "{masked}");
    let hidden = sent(Tracker::builder().content(Content::Hidden));
    assert_eq!(
        hidden,
        json!({ "page": { "url": "https://a.example/b", "path": "/b" } })
    );
}

#[test]
fn a_context_that_is_too_large_loses_fields_and_no_events() {
    let test = TestTracker::new();
    let conversation = test.conversation();
    let rows = vec!["x".repeat(2_000); 100];
    conversation.set_context(
        Context::new()
            .locale("de")
            .set("rows", rows)
            .set("sampling", 1),
    );
    conversation.message_received("y".repeat(50_000));
    let event = test.event("Message Received").json();
    assert_eq!(context_of(&event), json!({ "locale": "de" }));
    assert_eq!(test.ledger().context_fields_left_out, 2);
    assert!(test.ledger().is_all_delivered());
}

#[test]
fn fields_that_are_left_out_are_counted_once_per_context() {
    let test = TestTracker::new();
    let conversation = test.conversation();
    let rows = || vec!["x".repeat(2_000); 100];
    conversation.set_context(Context::new().locale("de").set("rows", rows()));
    for _ in 0..2 {
        conversation.set_request_context(Context::new().timezone("CET"));
    }
    assert_eq!(test.ledger().context_fields_left_out, 1);
    conversation.set_request_context(Context::new().timezone("UTC").set("lines", rows()));
    assert_eq!(test.ledger().context_fields_left_out, 2);
    conversation.action_invoked("Tool Call", "a");
    let context = context_of(&test.event("Action Invoked").json());
    assert_eq!(context, json!({ "locale": "de", "timezone": "UTC" }));
}

#[test]
fn odd_values_never_cost_an_event() {
    let odd = Context::new()
        .ip("not an address")
        .locale("x".repeat(300))
        .timezone("x".repeat(10_000))
        .page(Page::new("not a page?q=1"))
        .user_agent("\u{0}\u{202e}")
        .set("", "no name");
    for content in [Content::Full, Content::Masked, Content::Hidden] {
        for ip in [ClientIp::Full, ClientIp::Truncated, ClientIp::Dropped] {
            let test = tracker(Tracker::builder().content(content).client_ip(ip));
            let turn = test
                .conversation()
                .turn_with_context(odd.clone(), MessageSent::new("Hello"));
            turn.message_received("Hi");
            let context = context_of(&test.event("Message Received").json());
            let is_full = content == Content::Full && ip == ClientIp::Full;
            let sent = is_full.then(|| json!("not an address"));
            assert_eq!(context.get("ip"), sent.as_ref(), "{content} {ip:?}");
            assert_eq!(context["locale"], "x".repeat(300));
            assert_eq!(context["timezone"], "x".repeat(2_048));
            let url = match content {
                Content::Hidden => "not a page",
                _ => "not a page?q=1",
            };
            assert_eq!(context["page"], json!({ "url": url }), "{content}");
            assert!(test.ledger().is_all_delivered());
        }
    }
}

#[test]
fn events_outside_conversations_have_the_trackers_context() {
    let integrations = json!({ "All": true, "Mixpanel": false });
    let builder = Tracker::builder()
        .context(Context::new().locale("de"))
        .integrations(&integrations);
    let test = tracker(builder);
    let user = User::known("123").unwrap();
    test.tracker().track(&user, CustomEvent::new("A").unwrap());
    test.tracker()
        .identify_with(&user, &json!({ "plan": "pro" }));
    test.tracker().group(&user, "acme", &json!({ "size": 3 }));
    test.tracker().alias("visitor", &user);
    test.tracker().send(Track {
        user: SegmentUser::UserId {
            user_id: "123".into(),
        },
        event: "B".into(),
        context: Some(json!({ "locale": "fr", "os": { "name": "iOS" } })),
        integrations: Some(json!({ "All": false })),
        ..Default::default()
    });
    let events: Vec<_> = test.events().iter().map(CapturedEvent::json).collect();
    assert_eq!(events.len(), 5);
    for event in &events[..4] {
        assert_eq!(context_of(event), json!({ "locale": "de" }), "{event}");
        assert_eq!(event["integrations"], integrations, "{event}");
        assert_eq!(event["userId"], "123");
    }
    assert_eq!(events[2]["type"], "group");
    assert_eq!(events[2]["groupId"], "acme");
    assert_eq!(events[2]["traits"], json!({ "size": 3 }));
    assert_eq!(events[3]["type"], "alias");
    assert_eq!(events[3]["previousId"], "visitor");
    assert_eq!(
        context_of(&events[4]),
        json!({ "locale": "fr", "os": { "name": "iOS" } })
    );
    assert_eq!(events[4]["integrations"], json!({ "All": false }));
}

#[test]
fn group_and_alias_need_valid_ids() {
    let test = TestTracker::new();
    let conversation = test.conversation();
    conversation.group("acme", &json!({ "plan": "pro" }));
    conversation.alias("visitor");
    assert_eq!(test.events().len(), 2);
    conversation.group(" ", &json!({}));
    conversation.group("acme", &["not", "a", "map"]);
    conversation.alias("");
    conversation.alias("x".repeat(101));
    let visitor = User::anonymous("v").unwrap();
    test.tracker().conversation(visitor).alias("w");
    assert_eq!(test.events().len(), 2);
    assert_eq!(test.ledger().dropped.invalid, 5);
}

#[test]
fn integrations_of_an_event_are_merged_with_those_of_the_tracker() {
    let builder = Tracker::builder().integrations(&json!({ "All": true, "Mixpanel": true }));
    let test = tracker(builder);
    let event = ActionInvoked::new("Tool Call", "a").integrations(json!({ "Mixpanel": false }));
    test.conversation().track(event);
    let event = test.event("Action Invoked").json();
    assert_eq!(
        event["integrations"],
        json!({ "All": true, "Mixpanel": false })
    );

    let invalid = ActionInvoked::new("Tool Call", "a").integrations("Mixpanel");
    test.conversation().track(invalid);
    assert_eq!(test.ledger().dropped.invalid, 1);
    let error = TestTracker::with(Tracker::builder().integrations("Mixpanel"));
    assert!(error.unwrap_err().to_string().contains("integrations"));
}

#[test]
fn the_current_trace_is_read_for_each_event() {
    let number = Arc::new(AtomicU32::new(0));
    let builder =
        Tracker::builder().trace_id(move || match number.fetch_add(1, Ordering::Relaxed) {
            0 => Some("trace-0".to_owned()),
            1 => None,
            2 => panic_any("no trace"),
            3 => Some("x".repeat(257)),
            _ => Some("trace-4".to_owned()),
        });
    let test = tracker(builder);
    let conversation = test.conversation();
    for action in ["0", "1", "2", "3", "4"] {
        conversation.action_invoked("Tool Call", action);
    }
    conversation.set_context(Context::new().trace_id("mine"));
    conversation.action_invoked("Tool Call", "5");
    let ids: Vec<_> = contexts(&test)
        .into_iter()
        .map(|(_, context)| context.get("traceId").cloned())
        .collect();
    let id = |id: &str| Some(json!(id));
    assert_eq!(
        ids,
        [id("trace-0"), None, None, None, id("trace-4"), id("mine")]
    );
}

#[test]
fn a_trace_closure_that_tracks_events_does_not_recurse() {
    static CONVERSATION: OnceLock<copilot_track::Conversation> = OnceLock::new();
    let builder = Tracker::builder().trace_id(|| {
        if let Some(conversation) = CONVERSATION.get() {
            conversation.action_invoked("Tool Call", "inner");
        }
        None
    });
    let test = tracker(builder);
    let conversation = CONVERSATION.get_or_init(|| test.conversation());
    conversation.action_invoked("Tool Call", "outer");
    test.event("Action Invoked")
        .assert_property("action", "outer");
    assert_eq!(test.ledger().dropped.reentrant, 1);
}
