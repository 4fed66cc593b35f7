//! The application that is instrumented: a tool handler and an assistant that answers. The function
//! bodies are the same for every peer.

use std::hint::black_box;

use futures_util::{Stream, stream};

/// The tool's argument.
pub const SKU: &str = "WGT-1550";
/// The customer's id.
pub const USER: &str = "C-1340";
/// The id of the conversation.
pub const CONVERSATION: &str = "66b9ce63-9a5c-4fbb-b9da-c17116b3cada";
/// The id of the message that is being answered.
pub const MESSAGE: &str = "b2817ded-12a7-4526-ab7b-83f40db94434";

/// The `type` property of Action Invoked.
pub const TYPE: &str = "Inventory Request";
/// The `action` property of Action Invoked.
pub const ACTION: &str = "check stock level";

const ANSWERS: [&str; 4] = [
    "Yes, the Super Widget is in stock: 37 left, at $19.99 each.",
    "The Super Widget is $19.99 today. Its lowest price this year was $13.09.",
    "Thank you, Priya, I found your account. Where should we send the package?",
    "You can send anything back within 60 days; we pay for the return label.",
];

/// Does the tool's work. There is almost none, so the cost of the instrumentation dominates.
#[inline(never)]
pub fn look_up(sku: &str, n: u64) -> u64 {
    black_box(sku.len() as u64 ^ n)
}

/// Returns the assistant's answer, with one allocation and one copy.
#[inline(never)]
pub fn answer_text(n: u64) -> String {
    black_box(ANSWERS[(n % 4) as usize]).to_owned()
}

/// Returns an answer of `n` words, as a model would stream it.
pub fn answer_words(n: u64) -> impl Stream<Item = &'static str> {
    stream::iter((0..n).map(|n| WORDS[(n % 4) as usize]))
}

const WORDS: [&str; 4] = ["Yes, ", "the ", "widget ", "is in stock. "];
