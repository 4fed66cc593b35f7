//! Custom events, and a hook that can change or drop events before they are sent.
//!
//! ```text
//! cargo run -p copilot-track-examples --example custom_events
//! ```
//!
//! Prints the events as JSON lines. To send them to Segment, configure a `write_key` instead of
//! `json_lines`.

use std::{error::Error, io, time::Duration};

use copilot_track::{
    CustomEvent, Role, TrackEvent, Tracker, User,
    segment::message::BatchMessage,
    spec::{ActionInvoked, MessageSent},
};

/// Sent as "Support Requested", with the properties `topic` and, if it is set, `orderId`.
#[derive(TrackEvent)]
struct SupportRequested {
    topic: String,
    order_id: Option<String>,
}

/// Sent as "Coupon Applied", with the properties `coupon_code` and `percent_off`.
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
        .before_send(redact)
        .build()?;
    let user = User::known("123")?;
    let conversation = tracker.conversation(user.clone());

    let turn = conversation.turn("My order is late. Write to me at ada@example.com");
    turn.track(SupportRequested {
        topic: "late order".into(),
        order_id: Some("SO-11681".into()),
    });

    // Each event can have additional properties, and its own role, message id, and timestamp.
    turn.track(
        ActionInvoked::new("Order Request", "check order status")
            .role(Role::AiAgent)
            .property("orderId", "SO-11681"),
    );

    // If your messages already have ids, use them.
    let turn = conversation.turn_with(MessageSent::new("Thanks!").message_id("chat-77"));
    turn.message_received("Here is 10% off for the wait.");

    // Events whose name is known only at run time.
    let name = "Apology Sent";
    turn.track(CustomEvent::new(name)?.property("days", 3));
    turn.track(CustomEvent::new("Internal Note")?.property("text", "ask the carrier"));

    // Events outside a conversation.
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

/// Changes or drops an event. Runs on the delivery thread, once per event. If the hook returns
/// `None`, the event is dropped, and the ledger counts the drop.
fn redact(mut message: BatchMessage) -> Option<BatchMessage> {
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
            .map(|word| if word.contains('@') { "[email]" } else { word });
        *body = words.collect::<Vec<_>>().join(" ").into();
    }
    Some(message)
}
