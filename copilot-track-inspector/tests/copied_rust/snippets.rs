// This file is written by `UPDATE=1 node --test page-test/*.test.js`. It contains the page's
// "copy as Rust" output for each event in events.json.

use std::error::Error;

use copilot_track::Tracker;

use super::Snippet;

pub(crate) fn started(tracker: &Tracker) -> Result<(), Box<dyn Error>> {
    use copilot_track::{ConversationId, User};

    let user = User::both("123", "768923ihuy32")?;
    let id = ConversationId::new("1238041hdou")?;
    let conversation = tracker.conversation_with_id(id, user);
    conversation.start();
    Ok(())
}

pub(crate) fn sent(tracker: &Tracker) -> Result<(), Box<dyn Error>> {
    use copilot_track::{ConversationId, TrackEvent as _, User, spec::MessageSent};

    let user = User::both("123", "768923ihuy32")?;
    let id = ConversationId::new("1238041hdou")?;
    let conversation = tracker.conversation_with_id(id, user);
    conversation.track(
        MessageSent::new("What's the best stock?")
            .message_id("msg123"),
    );
    Ok(())
}

pub(crate) fn received(tracker: &Tracker) -> Result<(), Box<dyn Error>> {
    use copilot_track::{ConversationId, TrackEvent as _, User, spec::MessageReceived};

    let user = User::both("123", "768923ihuy32")?;
    let id = ConversationId::new("1238041hdou")?;
    let conversation = tracker.conversation_with_id(id, user);
    conversation.track(
        MessageReceived::new("Hello.")
            .role("ai_agent")
            .property("duration_ms", 842.5)
            .property("completion", "cancelled")
            .message_id("msg124"),
    );
    Ok(())
}

pub(crate) fn ended(tracker: &Tracker) -> Result<(), Box<dyn Error>> {
    use copilot_track::{ConversationId, User, spec::ConversationEnded};

    let user = User::both("123", "768923ihuy32")?;
    let id = ConversationId::new("1238041hdou")?;
    let conversation = tracker.conversation_with_id(id, user);
    conversation.track(ConversationEnded::new(4));
    Ok(())
}

pub(crate) fn tool(tracker: &Tracker) -> Result<(), Box<dyn Error>> {
    use copilot_track::{ConversationId, TrackEvent as _, User, spec::ActionInvoked};

    let user = User::both("123", "768923ihuy32")?;
    let id = ConversationId::new("1238041hdou")?;
    let conversation = tracker.conversation_with_id(id, user);
    conversation.track(
        ActionInvoked::new("Inventory Request", "check stock level")
            .property("sku", "widget")
            .property("ok", true)
            .property("left", 3)
            .message_id("msg125"),
    );
    Ok(())
}

pub(crate) fn media(tracker: &Tracker) -> Result<(), Box<dyn Error>> {
    use copilot_track::{ConversationId, TrackEvent as _, User, spec::MediaGenerated};

    let user = User::both("123", "768923ihuy32")?;
    let id = ConversationId::new("1238041hdou")?;
    let conversation = tracker.conversation_with_id(id, user);
    conversation.track(MediaGenerated::new("image", "gif").message_id("msg126"));
    Ok(())
}

pub(crate) fn component(tracker: &Tracker) -> Result<(), Box<dyn Error>> {
    use copilot_track::{ConversationId, TrackEvent as _, User, spec::ComponentLoaded};

    let user = User::both("123", "768923ihuy32")?;
    let id = ConversationId::new("1238041hdou")?;
    let conversation = tracker.conversation_with_id(id, user);
    conversation.track(
        ComponentLoaded::new("Stock Price Chart")
            .message_id("msg127"),
    );
    Ok(())
}

pub(crate) fn custom_component(tracker: &Tracker) -> Result<(), Box<dyn Error>> {
    use copilot_track::{ConversationId, TrackEvent as _, User, spec::CustomComponentLoaded};

    let user = User::both("123", "768923ihuy32")?;
    let id = ConversationId::new("1238041hdou")?;
    let conversation = tracker.conversation_with_id(id, user);
    conversation.track(
        CustomComponentLoaded::new("Order Card")
            .message_id("msg127"),
    );
    Ok(())
}

pub(crate) fn feedback(tracker: &Tracker) -> Result<(), Box<dyn Error>> {
    use copilot_track::{ConversationId, TrackEvent as _, User, spec::FeedbackSubmitted};

    let user = User::both("123", "768923ihuy32")?;
    let id = ConversationId::new("1238041hdou")?;
    let conversation = tracker.conversation_with_id(id, user);
    conversation.track(FeedbackSubmitted::new(5.0).message_id("msg128"));
    Ok(())
}

pub(crate) fn feedback_half(tracker: &Tracker) -> Result<(), Box<dyn Error>> {
    use copilot_track::{ConversationId, TrackEvent as _, User, spec::FeedbackSubmitted};

    let user = User::both("123", "768923ihuy32")?;
    let id = ConversationId::new("1238041hdou")?;
    let conversation = tracker.conversation_with_id(id, user);
    conversation.track(
        FeedbackSubmitted::new(4.5)
            .into_event()
            .without_message_id(),
    );
    Ok(())
}

pub(crate) fn purchase(tracker: &Tracker) -> Result<(), Box<dyn Error>> {
    use copilot_track::{ConversationId, CustomEvent, TrackEvent as _, User};

    let user = User::both("123", "768923ihuy32")?;
    let id = ConversationId::new("1238041hdou")?;
    let conversation = tracker.conversation_with_id(id, user);
    conversation.track(
        CustomEvent::new("Item Purchased")?
            .property("itemId", "item101112")
            .property("itemPrice", 19.99)
            .property("tags", serde_json::json!(["a", "b"]))
            .property("nested", serde_json::json!({ "deep": [1, null, true] }))
            .message_id("msg789"),
    );
    Ok(())
}

pub(crate) fn outside(tracker: &Tracker) -> Result<(), Box<dyn Error>> {
    use copilot_track::{CustomEvent, User};

    let user = User::anonymous("a-1")?;
    tracker.track(&user, CustomEvent::new("Signed Up")?.property("plan", "pro"));
    Ok(())
}

pub(crate) fn bare(tracker: &Tracker) -> Result<(), Box<dyn Error>> {
    use copilot_track::{CustomEvent, User};

    let user = User::known("u-1")?;
    tracker.track(&user, CustomEvent::new("Signed Up")?);
    Ok(())
}

pub(crate) fn mistyped(tracker: &Tracker) -> Result<(), Box<dyn Error>> {
    use copilot_track::{ConversationId, CustomEvent, TrackEvent as _, User};

    let user = User::both("123", "768923ihuy32")?;
    let id = ConversationId::new("1238041hdou")?;
    let conversation = tracker.conversation_with_id(id, user);
    conversation.track(
        CustomEvent::new("Feedback Submitted")?
            .property("rating", "five")
            .message_id("m"),
    );
    Ok(())
}

pub(crate) fn hostile(tracker: &Tracker) -> Result<(), Box<dyn Error>> {
    use copilot_track::{ConversationId, TrackEvent as _, User, spec::MessageSent};

    let user = User::both("123", "768923ihuy32")?;
    let id = ConversationId::new("1238041hdou")?;
    let conversation = tracker.conversation_with_id(id, user);
    conversation.track(
        MessageSent::new("\"quoted\" \\ back\nline\r\ttab \u{0} \u{1b}[31m \u{202e}txt.exe \u{2066}x\u{2069} \u{2028} {} {{}} // */ 👩‍👩‍👧 مرحبا é")
            .property("a \"key\"\n", "r#\"raw\"#")
            .message_id("m"),
    );
    Ok(())
}

pub(crate) fn numbers(tracker: &Tracker) -> Result<(), Box<dyn Error>> {
    use copilot_track::{ConversationId, CustomEvent, TrackEvent as _, User};

    let user = User::both("123", "768923ihuy32")?;
    let id = ConversationId::new("1238041hdou")?;
    let conversation = tracker.conversation_with_id(id, user);
    conversation.track(
        CustomEvent::new("Numbers")?
            .property("big", 4294967296_i64)
            .property("most", 9007199254740991_i64)
            .property("negative", -7)
            .property("fraction", 1.5e-7)
            .property("huge", 1e300)
            .message_id("m"),
    );
    Ok(())
}

pub(crate) fn many(tracker: &Tracker) -> Result<(), Box<dyn Error>> {
    use copilot_track::{ConversationId, CustomEvent, TrackEvent as _, User};

    let user = User::both("123", "768923ihuy32")?;
    let id = ConversationId::new("1238041hdou")?;
    let conversation = tracker.conversation_with_id(id, user);
    conversation.track(
        CustomEvent::new("Many")?
            .property("list", serde_json::from_str::<serde_json::Value>("[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,60,61,62,63,64,65,66,67,68,69,70,71,72,73,74,75,76,77,78,79,80,81,82,83,84,85,86,87,88,89,90,91,92,93,94,95,96,97,98,99,100,101,102,103,104,105,106,107,108,109,110,111,112,113,114,115,116,117,118,119,120,121,122,123,124,125,126,127,128,129,130,131,132,133,134,135,136,137,138,139,140,141,142,143,144,145,146,147,148,149,150,151,152,153,154,155,156,157,158,159,160,161,162,163,164,165,166,167,168,169,170,171,172,173,174,175,176,177,178,179,180,181,182,183,184,185,186,187,188,189,190,191,192,193,194,195,196,197,198,199,200,201,202,203,204,205,206,207,208,209,210,211,212,213,214,215,216,217,218,219,220,221,222,223,224,225,226,227,228,229,230,231,232,233,234,235,236,237,238,239,240,241,242,243,244,245,246,247,248,249,250,251,252,253,254,255,256,257,258,259,260,261,262,263,264,265,266,267,268,269,270,271,272,273,274,275,276,277,278,279,280,281,282,283,284,285,286,287,288,289,290,291,292,293,294,295,296,297,298,299]")?)
            .message_id("m"),
    );
    Ok(())
}

pub(crate) fn identify(tracker: &Tracker) -> Result<(), Box<dyn Error>> {
    use copilot_track::{User};

    let user = User::known("123")?;
    tracker.identify_with(&user, &serde_json::json!({ "name": "Ada", "age": 36, "address": { "city": "London" } }));
    Ok(())
}

pub(crate) fn identify_bare(tracker: &Tracker) -> Result<(), Box<dyn Error>> {
    use copilot_track::{User};

    let user = User::anonymous("a-1")?;
    tracker.identify(&user);
    Ok(())
}

pub(crate) fn page(tracker: &Tracker) -> Result<(), Box<dyn Error>> {
    use copilot_track::{segment::message::{Page, User}};

    tracker.send(Page {
        user: User::UserId { user_id: "123".into() },
        name: "Pricing".into(),
        properties: serde_json::json!({ "path": "/pricing" }),
        ..Default::default()
    });
    Ok(())
}

pub(crate) fn screen(tracker: &Tracker) -> Result<(), Box<dyn Error>> {
    use copilot_track::{segment::message::{Screen, User}};

    tracker.send(Screen {
        user: User::AnonymousId { anonymous_id: "a-1".into() },
        name: "Home".into(),
        properties: serde_json::json!({}),
        ..Default::default()
    });
    Ok(())
}

pub(crate) fn group(tracker: &Tracker) -> Result<(), Box<dyn Error>> {
    use copilot_track::{segment::message::{Group, User}};

    tracker.send(Group {
        user: User::Both { user_id: "123".into(), anonymous_id: "768923ihuy32".into() },
        group_id: "acme".into(),
        traits: serde_json::json!({ "plan": "pro" }),
        ..Default::default()
    });
    Ok(())
}

pub(crate) fn alias(tracker: &Tracker) -> Result<(), Box<dyn Error>> {
    use copilot_track::{segment::message::{Alias, User}};

    tracker.send(Alias {
        user: User::UserId { user_id: "123".into() },
        previous_id: "a-1".into(),
        ..Default::default()
    });
    Ok(())
}

pub(crate) const ALL: &[(&str, Snippet)] = &[
    ("started", started),
    ("sent", sent),
    ("received", received),
    ("ended", ended),
    ("tool", tool),
    ("media", media),
    ("component", component),
    ("custom_component", custom_component),
    ("feedback", feedback),
    ("feedback_half", feedback_half),
    ("purchase", purchase),
    ("outside", outside),
    ("bare", bare),
    ("mistyped", mistyped),
    ("hostile", hostile),
    ("numbers", numbers),
    ("many", many),
    ("identify", identify),
    ("identify_bare", identify_bare),
    ("page", page),
    ("screen", screen),
    ("group", group),
    ("alias", alias),
];
