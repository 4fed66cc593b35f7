//! A difference between two plans.

use std::fmt;

use crate::model::{Rule, RuleType};

/// What a change means for a warehouse and for programs that already send events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// A column gets another type or no more values, or events of deployed programs become
    /// violations.
    Breaking,
    /// Tables and columns keep their meaning, and events of deployed programs stay valid.
    Compatible,
    /// Only a description or an example differs.
    Documentation,
}

impl Effect {
    /// Returns the name: `breaking`, `compatible`, or `documentation`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Compatible => "compatible",
            Self::Documentation => "documentation",
        }
    }
}

/// The kind of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChangeKind {
    /// A rule or a field was added.
    Added,
    /// A rule or a field was removed.
    Removed,
    /// A rule or a field has another name.
    Renamed,
    /// The type of a field differs.
    TypeChanged,
    /// A field was optional and is now required.
    NowRequired,
    /// A field was required and is now optional.
    NowOptional,
    /// The values that a field may have differ.
    ValuesChanged,
    /// Another part of a schema differs.
    SchemaChanged,
    /// A description or an example differs.
    DescriptionChanged,
}

/// A difference between two plans.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The kind of the change.
    pub kind: ChangeKind,
    /// What the change means for a warehouse.
    pub effect: Effect,
    /// The type of the rule.
    pub rule_type: RuleType,
    /// The name of the event, or an empty string.
    pub key: String,
    /// The path of the field, such as `address.city`. `None` if the change concerns the whole rule.
    pub field: Option<String>,
    /// What changed, such as ``property `itemId` was removed``.
    pub message: String,
    /// Why the change has this effect. Can be empty.
    pub reason: String,
}

impl Change {
    pub(super) fn of_rule(
        rule: &Rule,
        kind: ChangeKind,
        effect: Effect,
        message: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            effect,
            rule_type: rule.rule_type(),
            key: rule.key().to_owned(),
            field: None,
            message: message.into(),
            reason: reason.into(),
        }
    }

    /// Returns the name of the rule for messages.
    #[must_use]
    pub fn title(&self) -> &str {
        if self.key.is_empty() {
            self.rule_type.as_str()
        } else {
            &self.key
        }
    }
}

/// Prints the rule, the change, and the reason.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.title(), self.message)?;
        if !self.reason.is_empty() {
            write!(f, " ({})", self.reason)?;
        }
        Ok(())
    }
}
