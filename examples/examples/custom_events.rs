//! Events of your own, and a hook that sees every event before it leaves.
//!
//! `cargo run -p copilot-track-examples --example custom_events` prints each event as a line of
//! JSON. With a write key in place of `json_lines` they go to Segment.

use std::{error::Error, io, time::Duration};

use copilot_track::{
    CustomEvent, Role, TrackEvent, Tracker, User,
    segment::message::BatchMessage,
    spec::{ActionInvoked, MessageSent},
};

/// Arrives as "Support Requested", with `topic` and `orderId` if there is one.
#[derive(TrackEvent)]
struct SupportRequested {
    topic: String,
    order_id: Option<String>,
}

/// Two attributes for what the names of the struct and its fields cannot say.
#[derive(TrackEvent)]
#[track(name = "Coupon Applied", rename_all = "snake_case")]
struct Coupon<'a> {
    coupon_code: &'a str,
    percent_off: u8,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let tracker = Tracker::builder()
        .json_lines(io::stdout())
        .before_send(censor)
        .build()?;
    let user = User::known("123")?;
    let conversation = tracker.conversation(user.clone());

    let turn = conversation.turn("My order is late. Write to me at ada@example.com");
    turn.track(SupportRequested {
        topic: "late order".into(),
        order_id: Some("SO-11681".into()),
    });

    // Any event takes further properties, a role, a message id or a time of its own.
    turn.track(
        ActionInvoked::new("Order Request", "check order status")
            .role(Role::AiAgent)
            .property("orderId", "SO-11681"),
    );

    // Where messages have ids already, theirs can be kept.
    let turn = conversation.turn_with(MessageSent::new("Thanks!").message_id("chat-77"));
    turn.message_received("Here are 10 % off for the wait.");

    // A name that is known only at run time.
    let name = "Wait Apologised For";
    turn.track(CustomEvent::new(name)?.property("days", 3));
    turn.track(CustomEvent::new("Internal Note")?.property("text", "ask the carrier"));

    // Outside of any conversation, too.
    tracker.track(
        &user,
        Coupon {
            coupon_code: "SORRY10",
            percent_off: 10,
        },
    );

    let report = tracker.shutdown(Duration::from_secs(5)).await;
    eprintln!("{report}");
    Ok(())
}

/// Runs on the delivery thread. What it returns is sent; with `None` the event is dropped, and
/// counted in the ledger.
fn censor(mut message: BatchMessage) -> Option<BatchMessage> {
    let BatchMessage::Track(track) = &mut message else {
        return Some(message);
    };
    if track.event == "Internal Note" {
        return None;
    }
    if let Some(body) = track.properties.get_mut("message_body")
        && let Some(text) = body.as_str()
    {
        let words = text
            .split(' ')
            .map(|word| if word.contains('@') { "[e-mail]" } else { word });
        *body = words.collect::<Vec<_>>().join(" ").into();
    }
    Some(message)
}
