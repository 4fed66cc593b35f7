//! The sources of rules.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The origin of the rule that a finding is about. In JSON, the source is in snake case, such as
/// `tracking_api`.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingSource {
    /// Segment's *Spec: AI Copilot*.
    #[default]
    Spec,
    /// The rules and limits of Segment's tracking API.
    TrackingApi,
    /// The rules of the warehouses into which Segment loads events.
    Warehouse,
    /// A tracking plan.
    TrackingPlan,
}

impl FindingSource {
    /// Returns the name of the source for people, such as `Tracking API`.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Spec => "Spec",
            Self::TrackingApi => "Tracking API",
            Self::Warehouse => "Warehouse",
            Self::TrackingPlan => "Tracking plan",
        }
    }
}

impl fmt::Display for FindingSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.label())
    }
}
