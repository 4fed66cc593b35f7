//! The attributes and the derive of [`copilot-track`](https://docs.rs/copilot-track).
//!
//! Depend on `copilot-track`, which re-exports all of these macros. This page describes what they
//! have in common.
//!
//! # The macros
//!
//! | macro | event | the event is sent |
//! | --- | --- | --- |
//! | [`tracked_tool`] | Action Invoked | when the function is called; with `record(…)`, when the call has ended |
//! | [`tracked_reply`] | Message Received | when the function succeeds; for a stream, when the stream ends or is dropped |
//! | [`tracked_media`] | Media Generated | when the function succeeds |
//! | [`tracked_component`] | Component Loaded | when the function succeeds |
//! | [`tracked_message`] | Message Sent | when the function is called |
//! | [`tracked_feedback`] | Feedback Submitted | when the function succeeds |
//! | [`tracked_conversation`] | Conversation Started, Conversation Ended | when the function is called; when it succeeds |
//! | [`TrackEvent`] | your own event | when you pass the struct to `Conversation::track` |
//!
//! A function *succeeds* if it returns a value other than `Err`. A function that panics or whose
//! future is dropped does not succeed.
//!
//! A call of an async function, or of a function that returns a future, starts at the first poll. A
//! future that is never polled sends nothing.
//!
//! Outside any conversation, an annotated function runs as if it had no attribute. The tracker's
//! ledger counts the call, and one warning names the function.
//!
//! # Arguments
//!
//! An attribute takes arguments of the forms `key`, `key = value` and `key(…)`, in any order.
//!
//! | argument | accepted by | value | default |
//! | --- | --- | --- | --- |
//! | `type = …` | tool, media, component | text | required |
//! | `action = …` | tool | text | the function's name in words |
//! | `sub_type = …` | media | text | required |
//! | `role = …` | tool, reply, media, message | a `Role` or text | `customer` for tool and message, `agent` for reply and media |
//! | `body = …` | reply | a closure or function that returns the reply's text | the returned value |
//! | `body = …` | message | the message's text | required |
//! | `rating = …` | feedback | a number | required |
//! | `conversation = …` | all | a `Conversation` or `Turn`, a reference to one, or an `Option` of these | the ambient one; required for conversation |
//! | `message_id = …` | all except conversation | a `MessageId`, a reference to one, an `Option` of these, or text | the ambient one; a new one for reply and message |
//! | `properties(a, b = …)` | all except conversation | values that implement `serde::Serialize`; `a` is short for `a = a` | none |
//! | `record(…)` | tool | `duration`, `outcome`, `outcome = closure`, `error_type` | none |
//! | `record(…)` | reply | `duration`, `first_chunk` | none |
//! | `media(…)` | tool, reply | `type`, `sub_type`, `role`, `message_id` and `properties(…)`, as for media | none |
//! | `stream` | reply | none: the function returns a boxed stream under another name | detected from the return type |
//! | `future` | all | none: the function returns a boxed future under another name | detected from the return type |
//! | `crate = …` | all | the absolute path of the library | `::copilot_track` |
//!
//! *Text* is a string literal or any expression that implements `Display`.
//!
//! Expressions can use the function's parameters. Their values are borrowed or cloned, so that the
//! body can still use the parameters. `conversation` is evaluated before the body runs. So are the
//! others, but only if there is a conversation, unless the function returns a future or a stream.
//!
//! # Functions
//!
//! Attributes can be applied to functions with a body: free functions and methods, sync and async,
//! and functions that return a future or a stream. They return the same values, drop their
//! parameters in the same order, panic as before, and stay `Send` if they were `Send`.
//!
//! Three differences can be visible:
//!
//! - An `async fn` whose end is tracked becomes a function that returns `impl Future`. Callers see
//!   no difference; the documentation shows the new signature.
//! - A sync body that can exit early (`return`, `?`) and whose value is needed runs in a closure.
//!   There, `Location::caller()` no longer reports the caller of a `#[track_caller]` method, or of
//!   a `#[track_caller]` function that has patterns as parameters.
//! - A sync function that returns a type alias of a boxed future or stream needs the `future` or
//!   `stream` argument. Without it, a compile error says so.
//!
//! # Errors
//!
//! All errors in the arguments are reported together. The annotated function or struct remains
//! usable, so that one mistake does not cause errors elsewhere.

// How the crate is organized: `attribute` parses and validates the arguments and generates the new
// function; `function` parses the annotated function, whose body stays unparsed tokens; `derive` is
// the derive; `meta` parses the argument lists of both.

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

/// Sends *Action Invoked* when the function is called: a tool that the model or the user invokes.
///
/// ```
/// # use copilot_track::tracked_tool;
/// # struct StockError;
/// #[tracked_tool(type = "Inventory Request", action = "check stock level")]
/// async fn stock_level(sku: &str) -> Result<u32, StockError> {
///     # Ok(3)
/// }
/// ```
///
/// # Arguments
///
/// | argument | value | default |
/// | --- | --- | --- |
/// | `type = …` | the kind of action: text | required |
/// | `action = …` | the action: text | the function's name in words |
/// | `role = …` | a `Role` or text | `customer` |
/// | `conversation = …` | a `Conversation` or `Turn` | the ambient one |
/// | `message_id = …` | the id of the message to which the action belongs | the ambient one |
/// | `properties(…)` | additional properties | none |
/// | `record(…)` | facts about the call; see below | none |
/// | `media(…)` | media that the tool generates: `type`, `sub_type`, …, as in `tracked_media` | none |
/// | `future` | the function returns a boxed future under another name | detected |
/// | `crate = …` | the absolute path of the library | `::copilot_track` |
///
/// [Arguments](https://docs.rs/copilot-track-macros/latest/copilot_track_macros/#arguments)
/// describes them in detail.
///
/// # Additional properties
///
/// By default, the event has exactly the properties of the spec. `properties(…)` and `record(…)`
/// add others, which a strict tracking plan must allow:
///
/// ```
/// # use copilot_track::tracked_tool;
/// # struct OrderError;
/// # struct Order { quantity: u32 }
/// #[tracked_tool(
///     type = "Order",
///     properties(sku, quantity = order.quantity),
///     record(duration, outcome)
/// )]
/// async fn place_order(sku: &str, order: &Order) -> Result<u64, OrderError> {
///     # Ok(1)
/// }
/// ```
///
/// With `record(…)`, the event is sent when the call has ended. Its timestamp is the start of the
/// call.
///
/// | in `record(…)` | property | value |
/// | --- | --- | --- |
/// | `duration` | `duration_ms` | the duration in milliseconds |
/// | `outcome` | `outcome` | `ok`, `error`, `cancelled` (the future was dropped) or `panicked` |
/// | `outcome = \|out\| …` | `outcome` | `ok` for `true`, `error` for `false`, or the text that the closure returns |
/// | `error_type` | `error_type` | the name of the error's type; the error's message is not sent |
///
/// The closure of `outcome` receives a reference to the value inside `Ok`. It is for tools that
/// report a failure inside `Ok`. A closure whose parameter is annotated as `&Result<…>` receives
/// the whole result.
#[proc_macro_attribute]
pub fn tracked_tool(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand_attribute(AttributeKind::Tool, arguments, item)
}

/// Sends *Message Received* when the function returns or streams a reply.
///
/// ```
/// # use copilot_track::tracked_reply;
/// # struct LlmError;
/// #[tracked_reply]
/// async fn answer(question: &str) -> Result<String, LlmError> {
///     # Ok(question.to_owned())
/// }
/// ```
///
/// A new message id is assigned when the reply starts; `MessageId::current()` returns it. The
/// events of tools, media and components inside the reply have this id. A reply that fails sends
/// nothing.
///
/// # Arguments
///
/// | argument | value | default |
/// | --- | --- | --- |
/// | `body = …` | a closure or function that returns the text | the returned value or stream item |
/// | `role = …` | a `Role` or text | `agent` |
/// | `conversation = …` | a `Conversation` or `Turn` | the ambient one |
/// | `message_id = …` | the id of the reply | a new one |
/// | `properties(…)` | additional properties | none |
/// | `record(…)` | `duration` adds `duration_ms`; `first_chunk` adds the time to the first chunk of a stream | none |
/// | `media(…)` | media that the reply contains: `type`, `sub_type`, …, as in `tracked_media` | none |
/// | `stream` | the function returns a boxed stream under another name | detected |
/// | `future` | the function returns a boxed future under another name | detected |
/// | `crate = …` | the absolute path of the library | `::copilot_track` |
///
/// [Arguments](https://docs.rs/copilot-track-macros/latest/copilot_track_macros/#arguments)
/// describes them in detail.
///
/// # The text of the reply
///
/// The returned value must be a text (`MessageBody`), also inside `Result` or `Option`. For any
/// other type, `body` selects the text. The closure receives a reference to the value inside `Ok`,
/// or to the whole result if its parameter is annotated as `&Result<…>`.
///
/// ```
/// # use copilot_track::tracked_reply;
/// # struct LlmError;
/// # struct Completion { text: String }
/// #[tracked_reply(body = |reply| &reply.text, role = "ai_agent")]
/// async fn complete(question: &str) -> Result<Completion, LlmError> {
///     # Ok(Completion { text: question.to_owned() })
/// }
/// ```
///
/// # Streams
///
/// The items of a stream pass through unchanged, and the text of each is added to the reply:
///
/// ```
/// # use copilot_track::tracked_reply;
/// # use futures_util::stream::{self, Stream};
/// # struct LlmError;
/// # struct Delta { content: Option<String> }
/// #[tracked_reply(body = |delta| delta.content.as_deref())]
/// fn stream(question: String) -> impl Stream<Item = Result<Delta, LlmError>> {
///     # stream::iter([Ok(Delta { content: Some(question) })])
/// }
/// ```
///
/// The message is sent once. If the last item is an error, or if the stream is dropped before its
/// end, the message contains the text so far and `completion: "error"` or `completion:
/// "cancelled"`. The reply belongs to the turn that is ambient when the stream is created or, if
/// there is none, when it is first polled.
///
/// A stream is detected if the return type is written as `impl Stream`, `Pin<Box<dyn Stream>>`,
/// `BoxStream` or `LocalBoxStream`, also inside `Result`, `Option` or a future. For any other name
/// of a boxed stream, add `stream`; for any other name of a boxed future, add `future`.
#[proc_macro_attribute]
pub fn tracked_reply(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand_attribute(AttributeKind::Reply, arguments, item)
}

/// Sends *Media Generated* when the function succeeds: it generates an image, a video or audio.
///
/// ```
/// # use copilot_track::tracked_media;
/// #[tracked_media(type = "image", sub_type = "png")]
/// async fn price_chart(sku: &str) -> Vec<u8> {
///     # sku.as_bytes().to_vec()
/// }
/// ```
///
/// If the function is also a tool or a reply, write `media(type = …, sub_type = …)` in that
/// attribute instead.
///
/// # Arguments
///
/// | argument | value | default |
/// | --- | --- | --- |
/// | `type = …` | the type of the media: text | required |
/// | `sub_type = …` | the format: text | required |
/// | `role = …` | a `Role` or text | `agent` |
/// | `conversation = …` | a `Conversation` or `Turn` | the ambient one |
/// | `message_id = …` | the id of the message that contains the media | the ambient one |
/// | `properties(…)` | additional properties | none |
/// | `future` | the function returns a boxed future under another name | detected |
/// | `crate = …` | the absolute path of the library | `::copilot_track` |
///
/// [Arguments](https://docs.rs/copilot-track-macros/latest/copilot_track_macros/#arguments)
/// describes them in detail.
#[proc_macro_attribute]
pub fn tracked_media(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand_attribute(AttributeKind::Media, arguments, item)
}

/// Sends *Component Loaded* when the function succeeds: it shows a component that is neither text
/// nor voice.
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
/// # Arguments
///
/// | argument | value | default |
/// | --- | --- | --- |
/// | `type = …` | the type of the component: text | required |
/// | `conversation = …` | a `Conversation` or `Turn` | the ambient one |
/// | `message_id = …` | the id of the message that contains the component | the ambient one |
/// | `properties(…)` | additional properties | none |
/// | `future` | the function returns a boxed future under another name | detected |
/// | `crate = …` | the absolute path of the library | `::copilot_track` |
///
/// [Arguments](https://docs.rs/copilot-track-macros/latest/copilot_track_macros/#arguments)
/// describes them in detail.
#[proc_macro_attribute]
pub fn tracked_component(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand_attribute(AttributeKind::Component, arguments, item)
}

/// Sends *Message Sent* when the function is called with a message of the customer.
///
/// ```
/// # use copilot_track::{Conversation, tracked_message};
/// #[tracked_message(body = text, conversation = conversation)]
/// async fn handle(conversation: &Conversation, text: String) -> String {
///     # text
/// }
/// ```
///
/// The function runs in the turn that the message starts, as inside
/// `conversation.turn(text).run(…)`.
///
/// # Arguments
///
/// | argument | value | default |
/// | --- | --- | --- |
/// | `body = …` | the text of the message | required |
/// | `role = …` | a `Role` or text | `customer` |
/// | `conversation = …` | a `Conversation` or `Turn` | the ambient one |
/// | `message_id = …` | the id of the message | a new one |
/// | `properties(…)` | additional properties | none |
/// | `future` | the function returns a boxed future under another name | detected |
/// | `crate = …` | the absolute path of the library | `::copilot_track` |
///
/// [Arguments](https://docs.rs/copilot-track-macros/latest/copilot_track_macros/#arguments)
/// describes them in detail.
#[proc_macro_attribute]
pub fn tracked_message(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand_attribute(AttributeKind::Message, arguments, item)
}

/// Sends *Feedback Submitted* when the function succeeds: it accepts a rating from the customer.
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
/// # Arguments
///
/// | argument | value | default |
/// | --- | --- | --- |
/// | `rating = …` | an `f64`, or an integer of at most 32 bits | required |
/// | `conversation = …` | a `Conversation` or `Turn` | the ambient one |
/// | `message_id = …` | the id of the message that is rated | the ambient one |
/// | `properties(…)` | additional properties | none |
/// | `future` | the function returns a boxed future under another name | detected |
/// | `crate = …` | the absolute path of the library | `::copilot_track` |
///
/// [Arguments](https://docs.rs/copilot-track-macros/latest/copilot_track_macros/#arguments)
/// describes them in detail.
#[proc_macro_attribute]
pub fn tracked_feedback(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand_attribute(AttributeKind::Feedback, arguments, item)
}

/// Sends *Conversation Started* when the function is called, and *Conversation Ended* when it
/// succeeds.
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
/// Conversation Started is not sent again if the conversation has already started. Inside the
/// function, the conversation is ambient: `Conversation::current()` returns it. After an error, a
/// panic or a cancellation, the conversation has not ended and can be resumed.
///
/// # Arguments
///
/// | argument | value | default |
/// | --- | --- | --- |
/// | `conversation = …` | a `Conversation` or `Turn`, a reference to one, or an `Option` of these | required |
/// | `future` | the function returns a boxed future under another name | detected |
/// | `crate = …` | the absolute path of the library | `::copilot_track` |
///
/// [Arguments](https://docs.rs/copilot-track-macros/latest/copilot_track_macros/#arguments)
/// describes them in detail.
#[proc_macro_attribute]
pub fn tracked_conversation(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand_attribute(AttributeKind::Conversation, arguments, item)
}

/// Implements `TrackEvent` for a struct, which makes it an event of your own.
///
/// ```
/// # use copilot_track::TrackEvent;
/// /// The customer has bought an item.
/// #[derive(TrackEvent)] // event "Item Purchased"
/// struct ItemPurchased {
///     item_id: String,        // property "itemId"
///     item_price: f64,        // property "itemPrice"
///     coupon: Option<String>, // property "coupon", left out if `None`
/// }
/// ```
///
/// Send it with `conversation.track(ItemPurchased { … })`.
///
/// # Attributes
///
/// | on | attribute | meaning |
/// | --- | --- | --- |
/// | struct | `#[track(name = "…")]` | the event's name; by default the struct's name in words |
/// | struct | `#[track(rename_all = "…")]` | the case of the property names: `camelCase` (default), `snake_case`, `PascalCase`, `kebab-case`, `SCREAMING_SNAKE_CASE` or `Title Case` |
/// | struct | `#[track(empty)]` | allows an event without properties |
/// | struct | `#[track(crate = ::path)]` | the absolute path of the library; `::copilot_track` by default |
/// | field | `#[track(rename = "…")]` | the property's name |
/// | field | `#[track(skip)]` | the field is not sent |
/// | field | `#[track(flatten)]` | the fields or entries of the value become properties of the event |
/// | field | `#[track(content)]` | the field contains text of the conversation, which the tracker's content policy can mask or hide |
///
/// Attributes of serde on the struct or its fields have no effect on the event. In particular, a
/// field with `#[serde(skip)]` is sent; use `#[track(skip)]`.
///
/// ```
/// # use copilot_track::TrackEvent;
/// # use std::collections::BTreeMap;
/// #[derive(TrackEvent)]
/// #[track(name = "Quote Created", rename_all = "snake_case")]
/// struct Quote {
///     #[track(rename = "id")]
///     quote_id: u64,
///     #[track(content)]
///     note: String,
///     #[track(flatten)]
///     details: BTreeMap<String, u32>,
///     #[track(skip)]
///     internal_reference: String,
/// }
/// ```
///
/// # Requirements
///
/// Every field that is sent must implement `serde::Serialize`. Your crate needs serde only if it
/// derives `Serialize` itself.
///
/// The names of the spec's events, and the properties `conversationId` and `messageId`, are
/// reserved: the library sets them. Enums and unions cannot be events.
#[proc_macro_derive(TrackEvent, attributes(track))]
pub fn derive_track_event(input: TokenStream) -> TokenStream {
    derive::expand(input.into()).into()
}

fn expand_attribute(kind: AttributeKind, arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::expand(kind, arguments.into(), &item.into()).into()
}
