//! The attributes and the derive of `copilot-track`, which re-exports them: use that crate.
//!
//! # The grammar
//!
//! An attribute stands on a function that has a body: free, method, of a trait or of an impl, sync
//! or async, or one that returns a future or a stream. Its arguments are `key`, `key = value` and
//! `key(…)`, in any order.
//!
//! | argument | on | value | default |
//! | --- | --- | --- | --- |
//! | `type = …` | tool, media, component | text | required |
//! | `action = …` | tool | text | the function's name in words |
//! | `sub_type = …` | media | text | required |
//! | `role = …` | tool, reply, media, message | a `Role`, or text | the spec's: `customer` for tool and message, `agent` for reply and media |
//! | `body = …` | reply | closure or function, from a reference to the reply (inside `Ok`), or to an item of a stream, to a `MessageBody` | the reply itself |
//! | `body = …` | message | a `MessageBody` | required |
//! | `rating = …` | feedback | a number | required |
//! | `conversation = …` | all | a `Conversation` or `Turn`, by reference too, or an `Option` of one | the ambient one; required on conversation |
//! | `message_id = …` | all but conversation | a `MessageId`, one by reference, an `Option` of either, or text | the ambient one; on a reply, a new one |
//! | `properties(a, b = …)` | all but conversation | anything that serialises; `a` alone is the parameter `a` | none |
//! | `record(…)` | tool | `duration`, `outcome`, `outcome = closure`, `error_type` | none |
//! | `record(…)` | reply | `duration`, `first_chunk` | none |
//! | `media(…)` | tool, reply | `type`, `sub_type`, `role`, `message_id`, `properties(…)` as of media | none |
//! | `stream` | reply | | read from the return type |
//! | `future` | all | | read from the return type |
//! | `crate = …` | all | an absolute path | `::copilot_track` |
//!
//! *Text* is a literal, or any expression that implements `Display`. Expressions see the function's
//! parameters. They are evaluated before the body takes the parameters, and only if there is a
//! conversation; they do not take parameters away.
//!
//! # When an event is sent
//!
//! | attribute | event | moment |
//! | --- | --- | --- |
//! | [`tracked_tool`] | Action Invoked | as the call begins; with `record(…)` when it has ended, in whatever way |
//! | [`tracked_reply`] | Message Received | when the function has succeeded; a stream's when it has ended, failed or was dropped |
//! | [`tracked_media`] | Media Generated | when the function has succeeded |
//! | [`tracked_component`] | Component Loaded | when the function has succeeded |
//! | [`tracked_message`] | Message Sent | as the call begins; the function is the turn on that message |
//! | [`tracked_feedback`] | Feedback Submitted | when the function has succeeded |
//! | [`tracked_conversation`] | Conversation Started, Conversation Ended | as the call begins; when the function has succeeded |
//!
//! A call of an async function, or of one that returns a future, begins with the first poll: a
//! future that is dropped before sends nothing. To *succeed* is to give a value that is no `Err`.
//! Outside any conversation a function runs as if it had no attribute; the ledger counts the call,
//! and one warning names the function.
//!
//! # What becomes of a function
//!
//! It gives, drops, panics and is `Send` as before. An `async fn` that is tracked to its end
//! becomes a function that returns `impl Future`, which is the same to its callers, and is shown so
//! in documentation. A sync body that may leave early (`return`, `?`) and whose value has to be
//! seen runs in a closure. Stable Rust has no closures that are `#[track_caller]`, so that of a
//! free function then becomes a function inside; in a method, and where a parameter is a pattern,
//! `#[track_caller]` ends. A type alias of a boxed future or stream needs `future` or `stream`;
//! without, it is a compile error that says so.
//!
//! # How this crate is made
//!
//! `function` reads the function (its body stays tokens that are never parsed). `attribute` parses
//! and validates arguments, and writes the new function, one file a macro. `derive` is the derive.
//! `meta` is what both read alike. Mistakes are collected and told at once, and the annotated item
//! survives them.

mod attribute;
mod case;
mod derive;
mod error;
mod function;
mod meta;
mod reserved;
mod suggest;

use attribute::kind::AttributeKind;
use proc_macro::TokenStream;

/// Sends *Action Invoked* when the function is called: a tool that model or user use.
///
/// ```
/// # use copilot_track::tracked_tool;
/// # struct StockError;
/// # struct Order { quantity: u32 }
/// #[tracked_tool(type = "Inventory Request", action = "check stock level")]
/// async fn stock_level(sku: &str) -> Result<u32, StockError> {
///     # Ok(3)
/// }
///
/// // Opt-in facts, which a strict tracking plan has to know:
/// #[tracked_tool(type = "Order", properties(sku, quantity = order.quantity), record(duration, outcome))]
/// async fn place(sku: &str, order: &Order) -> Result<u64, StockError> {
///     # Ok(1)
/// }
/// ```
///
/// With `record(…)` the event waits for the end of the call, and bears the time of its beginning:
///
/// | in `record(…)` | property | is |
/// | --- | --- | --- |
/// | `duration` | `duration_ms` | a number |
/// | `outcome` | `outcome` | `ok`, `error`, `cancelled` (the future was dropped) or `panicked` |
/// | `outcome = \|out\| …` | `outcome` | from the value inside `Ok`: `false` is `error`, `true` is `ok`, a text is itself |
/// | `error_type` | `error_type` | the name of the error's type, never its text |
///
/// The [grammar](https://docs.rs/copilot-track-macros/latest/copilot_track_macros/#the-grammar)
/// lists all arguments.
#[proc_macro_attribute]
pub fn tracked_tool(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute(AttributeKind::Tool, arguments, item)
}

/// Sends *Message Received* when the function has answered: a value, or a stream.
///
/// ```
/// # use copilot_track::tracked_reply;
/// # use futures_util::stream::{self, Stream};
/// # struct LlmError;
/// # struct Completion { text: String }
/// # struct Delta { content: Option<String> }
/// #[tracked_reply]
/// async fn answer(question: &str) -> Result<String, LlmError> {
///     # Ok(question.to_owned())
/// }
///
/// #[tracked_reply(body = |reply| &reply.text, role = "ai_agent")]
/// async fn complete(question: &str) -> Result<Completion, LlmError> {
///     # Ok(Completion { text: question.to_owned() })
/// }
///
/// #[tracked_reply(body = |delta| delta.content.as_deref())]
/// fn stream(question: String) -> impl Stream<Item = Result<Delta, LlmError>> {
///     # stream::iter([Ok(Delta { content: Some(question) })])
/// }
/// ```
///
/// The reply has a message id of its own from its beginning, which `MessageId::current()` tells,
/// and which the tools, media and components inside it hang on. A reply that fails sends nothing.
///
/// A stream passes its items on as they come. It takes the turn that is ambient where it is made
/// or, failing that, where it is first polled. Its message is sent once: at its end; or with
/// `completion: "error"` or `"cancelled"` and the text so far, when the last item before its end is
/// an error, or when it is dropped midway. That a function streams is read from its return type:
/// `impl Stream`, `Pin<Box<dyn Stream>>`, `BoxStream`, `LocalBoxStream`, also inside `Result`,
/// `Option` and futures. Where that has another name, say it: `#[tracked_reply(stream)]`,
/// `#[tracked_reply(future)]`.
///
/// A closure of `body` gets what is inside `Ok`; one whose parameter is written `&Result<…>` gets
/// the whole.
///
/// The [grammar](https://docs.rs/copilot-track-macros/latest/copilot_track_macros/#the-grammar)
/// lists all arguments.
#[proc_macro_attribute]
pub fn tracked_reply(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute(AttributeKind::Reply, arguments, item)
}

/// Sends *Media Generated* when the function has succeeded: an image, a video, audio.
///
/// ```
/// # use copilot_track::tracked_media;
/// #[tracked_media(type = "image", sub_type = "png")]
/// async fn price_chart(sku: &str) -> Vec<u8> {
///     # sku.as_bytes().to_vec()
/// }
/// ```
///
/// On a function that is a tool or a reply as well, write `media(type = …, sub_type = …)` in that
/// attribute.
///
/// The [grammar](https://docs.rs/copilot-track-macros/latest/copilot_track_macros/#the-grammar)
/// lists all arguments.
#[proc_macro_attribute]
pub fn tracked_media(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute(AttributeKind::Media, arguments, item)
}

/// Sends *Component Loaded* when the function has succeeded: something that is neither text nor
/// voice is shown.
///
/// ```
/// # use copilot_track::tracked_component;
/// # struct Chart;
/// #[tracked_component(type = "Stock Price Chart")]
/// fn show_chart(chart: &Chart) {
///     # let _ = chart;
/// }
/// ```
///
/// The [grammar](https://docs.rs/copilot-track-macros/latest/copilot_track_macros/#the-grammar)
/// lists all arguments.
#[proc_macro_attribute]
pub fn tracked_component(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute(AttributeKind::Component, arguments, item)
}

/// Sends *Message Sent* when the function is called, with a message of the customer.
///
/// ```
/// # use copilot_track::{Conversation, tracked_message};
/// #[tracked_message(body = text, conversation = conversation)]
/// async fn handle(conversation: &Conversation, text: String) -> String {
///     # text
/// }
/// ```
///
/// The function is then the turn that works on the message, as inside
/// `conversation.turn(text).run(…)`.
///
/// The [grammar](https://docs.rs/copilot-track-macros/latest/copilot_track_macros/#the-grammar)
/// lists all arguments.
#[proc_macro_attribute]
pub fn tracked_message(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute(AttributeKind::Message, arguments, item)
}

/// Sends *Feedback Submitted* when the function has taken the customer's rating.
///
/// ```
/// # use copilot_track::{MessageId, tracked_feedback};
/// # struct RatingError;
/// #[tracked_feedback(message_id = message, rating = stars)]
/// fn rate(message: &MessageId, stars: u8) -> Result<(), RatingError> {
///     # Ok(())
/// }
/// ```
///
/// The [grammar](https://docs.rs/copilot-track-macros/latest/copilot_track_macros/#the-grammar)
/// lists all arguments.
#[proc_macro_attribute]
pub fn tracked_feedback(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute(AttributeKind::Feedback, arguments, item)
}

/// Sends *Conversation Started* when the function is called, unless the conversation has started,
/// and *Conversation Ended* when it has succeeded.
///
/// ```
/// # use copilot_track::{Tracker, User, tracked_conversation};
/// # struct WebSocket;
/// # struct SocketError;
/// #[tracked_conversation(conversation = tracker.conversation(user.clone()))]
/// async fn session(tracker: &Tracker, user: User, socket: WebSocket) -> Result<(), SocketError> {
///     # Ok(())
/// }
/// ```
///
/// The conversation is ambient in the function: `Conversation::current()`. After an error, a panic
/// or a cancellation it has not ended, and can be taken up again.
///
/// The [grammar](https://docs.rs/copilot-track-macros/latest/copilot_track_macros/#the-grammar)
/// lists all arguments.
#[proc_macro_attribute]
pub fn tracked_conversation(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute(AttributeKind::Conversation, arguments, item)
}

/// Makes a struct an event: a Track call of your own, beside the spec's.
///
/// ```
/// # use copilot_track::TrackEvent;
/// #[derive(TrackEvent)] // event "Item Purchased", properties itemId and itemPrice
/// struct ItemPurchased {
///     item_id: String,
///     item_price: f64,
///     coupon: Option<String>, // left out when it is `None`
/// }
/// ```
///
/// | on | argument | is |
/// | --- | --- | --- |
/// | struct | `#[track(name = "…")]` | the event's name; default: the struct's name in words |
/// | struct | `#[track(rename_all = "…")]` | case of the properties: `camelCase` (default), `snake_case`, `PascalCase`, `kebab-case`, `SCREAMING_SNAKE_CASE`, `Title Case` |
/// | struct | `#[track(empty)]` | an event that has no properties of its own, on purpose |
/// | struct | `#[track(crate = ::path)]` | where `copilot_track` is, under another name |
/// | field | `#[track(rename = "…")]` | the property's name |
/// | field | `#[track(skip)]` | not sent |
/// | field | `#[track(flatten)]` | its own fields or entries become properties |
/// | field | `#[track(content)]` | text of the conversation, which the tracker's content policy may mask or hide |
///
/// Fields are anything that implements `serde::Serialize`; your own crate needs serde only if it
/// derives that. `conversationId` and `messageId` are given by the conversation, and the names of
/// the spec's events belong to those.
#[proc_macro_derive(TrackEvent, attributes(track))]
pub fn derive_track_event(input: TokenStream) -> TokenStream {
    derive::expand(input.into()).into()
}

fn attribute(kind: AttributeKind, arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::expand(kind, arguments.into(), &item.into()).into()
}
