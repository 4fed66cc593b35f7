//! A plan, its rules, and a typed view of their JSON Schemas.

mod json_path;
mod keywords;
mod location;
mod plan;
mod rule;
mod rule_type;
mod schema;
mod types;

pub(crate) use json_path::{index_path, member_path};
pub(crate) use keywords::{DRAFT_07, Step, subschemas, type_name};
pub use location::Location;
pub use plan::Plan;
pub use rule::{Field, Rule};
pub use rule_type::RuleType;
pub use schema::Schema;
pub(crate) use schema::resolve;
pub use types::Types;
