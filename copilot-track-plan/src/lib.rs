//! Tracking plans as code.
//!
//! A tracking plan lists the events of a product, with a JSON Schema for each event. [Segment
//! Protocols](https://segment.com/docs/protocols/tracking-plan/create/) and Typewriter work with
//! such plans. This crate:
//!
//! - reads and writes plans in the shapes of Segment's Public API, of Typewriter's `plan.json`, and
//!   of the older Config API ([`Plan`])
//! - compares the events that a program can send with a checked-in plan, in a test ([`PlanCheck`])
//! - checks events against a plan ([`Checker`])
//! - compares two plans, and says which changes break a warehouse ([`diff()`])
//! - finds the events in Rust sources (`scan`)
//! - generates `#[derive(TrackEvent)]` structs from a plan (`generate`)
//!
//! The `copilot-track-plan` program does the same from the command line.
//!
//! ```
//! use copilot_track_plan::{Checker, Plan};
//! use serde_json::json;
//!
//! # fn main() -> Result<(), copilot_track_plan::PlanError> {
//! let plan = Plan::parse(
//!     r#"{ "rules": [{
//!         "key": "Item Purchased", "type": "TRACK", "version": 1,
//!         "jsonSchema": { "properties": { "properties": {
//!             "properties": { "price": { "type": "number" } },
//!             "required": ["price"]
//!         } } }
//!     }] }"#,
//! )?;
//! let event = json!({ "type": "track", "event": "Item Purchased", "properties": { "price": "9.99" } });
//! let findings = Checker::new(&plan).check(&event);
//! assert_eq!(
//!     findings[0].to_string(),
//!     "`Item Purchased`: `properties.price` is a string, but the plan says number"
//! );
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! | feature | adds |
//! | --- | --- |
//! | `cli` (default) | the program, and both features below |
//! | `scan` | `scan` |
//! | `generate` | `generate` |
//!
//! Without features, the crate reads, writes, compares, and checks plans, and its only dependencies
//! are `serde_json` and `regex-lite`.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(any(feature = "generate", feature = "scan"))]
mod case;
mod check;
mod diff;
mod error;
mod export;
#[cfg(feature = "generate")]
mod generate;
mod model;
mod plan_check;
mod read;
#[cfg(feature = "scan")]
mod scan;
mod sources;
mod vocabulary;

pub use crate::check::{Checker, Finding, FindingKind};
pub use crate::diff::{Change, ChangeKind, Effect, diff};
pub use crate::error::PlanError;
pub use crate::export::{MAX_RULES_PER_UPDATE, SegmentIssue};
#[cfg(feature = "generate")]
pub use crate::generate::{GenerateOptions, GeneratedRust, Note, generate};
pub use crate::model::{Field, Location, Plan, Rule, RuleType, Schema, Types};
pub use crate::plan_check::PlanCheck;
#[cfg(feature = "scan")]
pub use crate::scan::{ScanError, scan};
pub use crate::sources::{EventUse, SourceProblem, Sources, UseKind};
pub use crate::vocabulary::{OPT_IN_PROPERTIES, OptInProperty, is_spec_event, spec_rule};
