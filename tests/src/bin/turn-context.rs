//! Writes the header of a turn context, or continues a turn from a header on standard input.
//! `.ci/turn-context` uses this program to check the examples in other languages.
#![allow(clippy::unwrap_used, reason = "errors end the program")]

use std::collections::HashMap;
use std::io;

use copilot_track::{Content, ConversationId, Tracker, TurnContext, User};

fn main() {
    let tracker = Tracker::disabled();
    if std::env::args().nth(1).as_deref() == Some("write") {
        let id = ConversationId::new("größe \"1\"").unwrap();
        let conversation = tracker.conversation_with_id(id, User::known("123").unwrap());
        conversation.set_content(Content::Hidden);
        let mut headers = HashMap::new();
        conversation.turn("Hello").context().inject(&mut headers);
        println!("{}", headers[TurnContext::KEY]);
        return;
    }
    let header = io::read_to_string(io::stdin()).unwrap();
    let context: TurnContext = header.parse().unwrap();
    let turn = tracker.continue_turn(context.clone()).unwrap();
    println!(
        "{} {} {}",
        turn.conversation().id(),
        context.user().user_id().unwrap(),
        context.content()
    );
}
