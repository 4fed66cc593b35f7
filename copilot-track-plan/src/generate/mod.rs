//! Generates Rust structs from a plan.

mod docs;
mod idents;
mod output;
mod rename;
mod structs;
mod types;
mod unsupported;

#[cfg(test)]
mod tests;

pub use output::{GenerateOptions, GeneratedRust, Note};
use structs::Generator;

use crate::model::{Plan, Rule, RuleType};
use crate::vocabulary::is_spec_event;

/// Generates a struct that derives `copilot_track::TrackEvent` for the newest version of each event
/// of a plan.
///
/// - Required properties have their type, and optional ones are an `Option`.
/// - Objects become structs, and strings with a list of values become enums.
/// - Strings with the `date-time` format become `std::time::SystemTime`.
/// - Values that can have several types become `serde_json::Value`.
/// - Names are converted to Rust identifiers. If two names become the same identifier, the second
///   one ends in a number. Attributes keep the names of the plan.
/// - `conversationId` and `messageId` are left out, because the library sends them.
///
/// The notes list the parts of the plan that Rust does not express.
#[must_use]
pub fn generate(plan: &Plan, options: &GenerateOptions) -> GeneratedRust {
    let mut generator = Generator::new(options.clone());
    for rule in plan.rules() {
        if let Some(reason) = unsupported(plan, rule) {
            generator.note(rule.title(), "", reason);
        } else {
            generator.event(rule);
        }
    }
    generator.finish()
}

/// Returns why no struct is generated for a rule.
fn unsupported(plan: &Plan, rule: &Rule) -> Option<String> {
    let name = rule.key();
    match rule.rule_type() {
        RuleType::Track => {}
        RuleType::Identify => {
            return Some("no struct is generated for traits; pass them to `User`".to_owned());
        }
        RuleType::Group => {
            return Some("no struct is generated for traits; pass them to `group`".to_owned());
        }
        RuleType::Page | RuleType::Screen | RuleType::Common => {
            let rule_type = rule.rule_type();
            return Some(format!(
                "no struct is generated for rules of the type {rule_type}"
            ));
        }
    }
    let newest = plan.event(name).map_or(0, Rule::version);
    if rule.version() != newest {
        let version = rule.version();
        return Some(format!(
            "no struct is generated for version {version}, because version {newest} is newer"
        ));
    }
    if is_spec_event(name) {
        return Some(
            "no struct is generated, because `copilot_track::spec` has the event".to_owned(),
        );
    }
    if name.trim().is_empty() || name.contains(char::is_control) {
        return Some(
            "no struct is generated, because the name is empty or has control characters"
                .to_owned(),
        );
    }
    None
}
