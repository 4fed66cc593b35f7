//! Instrumentation for AI copilots.
//!
//! Add an attribute to functions that you already have: a tool handler, the function that answers
//! the user, or the function that draws a chart. Each conversation then arrives in
//! [Segment](https://segment.com) as the events that Segment's [AI Copilot spec] defines. Annotated
//! functions keep their signatures and results. An annotated call takes about 0.15 µs longer.
//!
//! [AI Copilot spec]: https://segment.com/docs/connections/spec/ai-copilot/
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use copilot_track::{Tracker, User, tracked_reply, tracked_tool};
//!
//! #[tracked_tool(type = "Inventory Request", action = "check stock level")]
//! async fn stock_level(sku: &str) -> u32 {
//!     if sku == "widget" { 3 } else { 0 }
//! }
//!
//! #[tracked_reply] // sends Message Received with the returned text
//! async fn answer(question: &str) -> String {
//!     let left = stock_level("widget").await; // sends Action Invoked
//!     format!("You asked: {question} We have {left} left.")
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let tracker = Tracker::from_env()?; // reads SEGMENT_WRITE_KEY
//!     let conversation = tracker.conversation(User::known("123")?);
//!
//!     let question = "Is the Super Widget in stock?";
//!     let turn = conversation.turn(question); // sends Conversation Started and Message Sent
//!     println!("{}", turn.run(answer(question)).await);
//!     conversation.end(); // sends Conversation Ended
//!
//!     let report = tracker.shutdown(Duration::from_secs(5)).await;
//!     println!("{report}"); // emitted 5 = delivered 5 + pending 0 + dropped 0
//!     Ok(())
//! }
//! ```
//!
//! # Where to find things
//!
//! | task | item |
//! | --- | --- |
//! | annotate a function | [`macro@tracked_tool`], [`macro@tracked_reply`], [`macro@tracked_turn`], [`macro@tracked_media`], [`macro@tracked_message`], [`macro@tracked_component`], [`macro@tracked_feedback`], [`macro@tracked_conversation`] |
//! | track a future or a stream without an attribute | [`TrackedFutureExt`], [`TrackedStreamExt`] |
//! | send your own events | [`macro@TrackEvent`], [`CustomEvent`] |
//! | make other tracking API calls | [`Tracker::send`] |
//! | see the events that the spec defines | [`spec`] |
//! | represent a conversation in one or several processes | [`Conversation`], [`Turn`], [`ConversationState`] |
//! | find conversations by id, and share them between replicas | [`Conversations`], [`store`] |
//! | use the current turn in another task | [`InCurrentTurn`] |
//! | configure a tracker | [`Tracker::from_env`], [`TrackerBuilder`] |
//! | limit what is sent | [`Content`], [`Consent`], [`TrackerBuilder::before_send`] |
//! | see what happened to every event | [`Ledger`], [`Report`] |
//! | test your instrumentation | [`testing`] |
//! | compare your events with a tracking plan | [`plan!`] |
//! | connect a framework | the [adapters](#adapters), [`adapter`] |
//!
//! # Adapters
//!
//! Frameworks that run tools themselves need an adapter: `copilot-track-rig` for rig, and
//! `copilot-track-rmcp` for rmcp. `copilot-track-openai` reports the usage of async-openai calls,
//! and `copilot-track-tower` connects web services. The [`adapter`] module is for authors of
//! adapters.
//!
//! # Features
//!
//! | feature | adds |
//! | --- | --- |
//! | `rustls` (default), `rustls-no-provider`, `native-tls` | the [TLS](#tls) implementation of the HTTP transport; without any of them, HTTPS endpoints are refused |
//! | `spool` | `TrackerBuilder::spool`: events are kept on disk until they are delivered, so they survive a crash or a restart |
//! | `patterns` | `TrackerBuilder::mask`: masking with your own patterns |
//! | `metrics` | exports the ledger through the [`metrics`](https://docs.rs/metrics) facade |
//! | `plan` | [`plan!`] can list events that another crate defines; for `[dev-dependencies]` |
//! | `schemars` | [`plan!`] takes the schemas of nested types from [`schemars::JsonSchema`](https://docs.rs/schemars/1) |
//! | `prices` | estimates the cost of calls to models from a table of list prices, see [`Usage`] |
//! | `signed-context` | `TrackerBuilder::turn_context_keys`: signed [turn contexts](TurnContext) |
//! | `no-attributes` | every attribute expands to the function itself, so no annotated function is tracked |
//!
//! The `metrics` feature exports the gauge `copilot_track_pending` and the counters
//! `copilot_track_emitted_total`, `copilot_track_delivered_total`, `copilot_track_dropped_total`
//! (labeled by `reason`), `copilot_track_rejected_total` (labeled by `status`),
//! `copilot_track_batches_total`, `copilot_track_retries_total`, `copilot_track_truncated_total`,
//! `copilot_track_recovered_total`, `copilot_track_sampled_out_total`, and
//! `copilot_track_quarantined_total`.
//!
//! # TLS
//!
//! | your program uses | features of `copilot-track` |
//! | --- | --- |
//! | `reqwest` 0.13 (also through async-openai, rmcp, rig, or genai), rustls with *aws-lc-rs*, or no TLS library at all | the default feature, `rustls` |
//! | rustls with *ring* or another provider, but not *aws-lc-rs* | `default-features = false, features = ["rustls-no-provider"]` |
//! | OpenSSL, or another system TLS library | `default-features = false, features = ["native-tls"]` |
//! | only endpoints on the same machine, only a [`segment_client`], or only [`json_lines`] | `default-features = false` |
//!
//! With `rustls`, the HTTP transport uses its own *aws-lc-rs* provider. It does not install a
//! provider for the process and does not use an installed one.
//!
//! With `rustls-no-provider`, it uses the provider that the program installed, for example with
//! `rustls::crypto::ring::default_provider().install_default()` at the start of `main`. If none is
//! installed, [`build`] returns [`ConfigError::NoCryptoProvider`], even if the endpoint uses plain
//! HTTP. Choose this feature if the program enables only *ring*. The `rustls` feature would enable
//! *aws-lc-rs* as well, and if a program enables both providers and installs neither,
//! `rustls::ClientConfig::builder()` panics.
//!
//! If `native-tls` is enabled together with one of the others, `native-tls` is used. It also
//! becomes the default for every other `reqwest` 0.13 client in the program.
//!
//! **Root certificates.** The system's root certificates and those added with
//! `TrackerBuilder::root_certificates` are trusted. On Linux and other Unix systems, two
//! environment variables replace the system's certificates: `SSL_CERT_FILE` (a file in PEM format)
//! and `SSL_CERT_DIR` (directories of such files, separated by colons). With `native-tls`, the
//! certificates from these variables are trusted in addition to the system's. On Windows, macOS,
//! and iOS, the system verifies certificates. On these systems, the certificates in
//! `SSL_CERT_FILE` are also trusted, except with `native-tls`.
//!
//! If there are no root certificates and the endpoint uses HTTPS, [`build`] returns
//! [`ConfigError::NoRootCertificates`]. In a container, install the `ca-certificates` package.
//!
//! **Proxies.** The HTTP transport uses the proxy in the environment variable `HTTPS_PROXY` or, for
//! a plain HTTP endpoint, `HTTP_PROXY`. `ALL_PROXY` applies if the specific variable is not set.
//! `NO_PROXY` lists exceptions: host names (with their subdomains), IP addresses, networks such as
//! `10.0.0.0/8`, or `*`, separated by commas. The names of these variables can also be in lower
//! case. The URL of a proxy begins with `http://` or `https://` and can contain a user name and a
//! password. SOCKS proxies are not supported. No proxy is used for endpoints on the same machine,
//! or if `REQUEST_METHOD` is set (in a CGI process).
//!
//! [`build`]: TrackerBuilder::build
//! [`json_lines`]: TrackerBuilder::json_lines
//! [`segment_client`]: TrackerBuilder::segment_client

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod adapter;
pub mod args;
pub mod combinators;
mod config;
mod conversation;
mod conversations;
mod delivery;
mod error;
mod event;
mod ledger;
mod privacy;
pub mod store;
pub mod testing;
mod tracker;
mod tracking;
mod util;

#[doc(hidden)]
pub mod __private;
// With `crate = …`, expansions use this name. In a module that re-exports only some items, the
// compiler does not find it. Its error then names the module that the user wrote.
#[doc(hidden)]
pub extern crate self as reexport_of_copilot_track;
#[cfg(any(fuzzing, all(test, not(shuttle))))]
#[doc(hidden)]
pub mod fuzzing;

pub use copilot_track_macros::{
    TrackEvent, tracked_component, tracked_conversation, tracked_feedback, tracked_media,
    tracked_message, tracked_reply, tracked_tool, tracked_turn,
};
/// The `segment` crate, which defines the messages that [`Tracker::send`] and
/// [`TrackerBuilder::before_send`] use.
pub use segment;

pub use crate::args::{AsConversation, MessageBody};
pub use crate::combinators::{TrackedFutureExt, TrackedStreamExt};
pub use crate::config::builder::TrackerBuilder;
pub use crate::conversation::conversation::Conversation;
pub use crate::conversation::conversation_state::ConversationState;
pub use crate::conversation::current::{Entered, InCurrentTurn, InTurn};
pub use crate::conversation::reply::Reply;
pub use crate::conversation::turn::Turn;
pub use crate::conversations::builder::ConversationsBuilder;
pub use crate::conversations::conversations::Conversations;
pub use crate::conversations::end_reason::EndReason;
pub use crate::delivery::queue::overflow_policy::Overflow;
pub use crate::delivery::region::{ParseRegionError, Region};
#[cfg(feature = "spool")]
pub use crate::delivery::spool::config::Spool;
pub use crate::delivery::transport::http::HttpTransport;
pub use crate::error::ConfigError;
pub use crate::event::context::event_context::Context;
pub use crate::event::context::objects::{App, Campaign, Device, Os, Page, Referrer};
pub use crate::event::custom::{CustomEvent, ParseEventNameError};
pub use crate::event::ids::conversation_id::ConversationId;
pub use crate::event::ids::into_message_id::IntoMessageId;
pub use crate::event::ids::message_id::MessageId;
pub use crate::event::ids::parse::{MAX_ID_CHARS, ParseIdError};
pub use crate::event::properties::opt_in::{OPT_IN_PROPERTIES, OptInProperty};
pub use crate::event::properties::value::PropertyValue;
pub use crate::event::properties::writer::Properties;
pub use crate::event::role::Role;
pub use crate::event::spec;
pub use crate::event::track_event::{Event, TrackEvent};
pub use crate::event::turn_context::carrier::{Extractor, Injector};
pub use crate::event::turn_context::error::TurnContextError;
pub use crate::event::turn_context::turn_context::TurnContext;
pub use crate::event::usage::Usage;
pub use crate::event::user::User;
pub use crate::ledger::counts::Ledger;
pub use crate::ledger::drop_reason::{DropReason, Dropped};
pub use crate::ledger::report::Report;
pub use crate::privacy::client_ip::ClientIp;
pub use crate::privacy::consent::Consent;
pub use crate::privacy::content::{Content, ParseContentError};
#[cfg(feature = "patterns")]
pub use crate::privacy::masking::pattern::{ParsePatternError, Pattern};
pub use crate::store::conversation_store::ConversationStore;
pub use crate::tracker::replay_report::ReplayReport;
pub use crate::tracker::tracker::Tracker;
pub use crate::tracking::pending_reply::PendingReply;

/// Runs the README's examples as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
