//! What is wrong with an event.

use std::fmt;

/// The kind of a [`Finding`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FindingKind {
    /// The plan does not contain the event.
    UnplannedEvent,
    /// The plan does not contain the property.
    UnplannedProperty,
    /// A required property is missing.
    MissingProperty,
    /// A value has another type than in the plan.
    WrongType,
    /// A value has the right type, but violates another condition of the plan.
    WrongValue,
    /// The line is not a call of Segment's tracking API.
    NotACall,
}

impl FindingKind {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::UnplannedEvent,
        Self::UnplannedProperty,
        Self::MissingProperty,
        Self::WrongType,
        Self::WrongValue,
        Self::NotACall,
    ];

    /// Returns the name, such as `unplanned-event`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnplannedEvent => "unplanned-event",
            Self::UnplannedProperty => "unplanned-property",
            Self::MissingProperty => "missing-property",
            Self::WrongType => "wrong-type",
            Self::WrongValue => "wrong-value",
            Self::NotACall => "not-a-call",
        }
    }

    /// Returns a sentence about the kind.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::UnplannedEvent => "The tracking plan does not contain the event.",
            Self::UnplannedProperty => "The tracking plan does not contain the property.",
            Self::MissingProperty => "A property that the tracking plan requires is missing.",
            Self::WrongType => "A value has another type than in the tracking plan.",
            Self::WrongValue => "A value violates a condition of the tracking plan.",
            Self::NotACall => "The line is not a call of the tracking API.",
        }
    }
}

/// A difference between an event and the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The kind.
    pub kind: FindingKind,
    /// The name of the event, or the type of the call, such as `identify`.
    pub event: String,
    /// The path of the value, such as `properties.price`. Empty if the finding concerns the whole
    /// event.
    pub path: String,
    /// What is wrong, such as ``is a string, but the plan says number``.
    pub message: String,
}

impl Finding {
    /// Returns a line that identifies the finding without the value. For example:
    ///
    /// ```text
    /// wrong-type Item Purchased: properties.price
    /// ```
    ///
    /// Equal findings of different events have the same key, so a list of accepted findings can
    /// contain it.
    #[must_use]
    pub fn key(&self) -> String {
        let Self {
            kind, event, path, ..
        } = self;
        let kind = kind.as_str();
        match (event.is_empty(), path.is_empty()) {
            (true, _) => kind.to_owned(),
            (false, true) => format!("{kind} {event}"),
            (false, false) => format!("{kind} {event}: {path}"),
        }
    }
}

/// Prints the event, the path, and the message.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            event,
            path,
            message,
            ..
        } = self;
        match (event.is_empty(), path.is_empty()) {
            (true, _) => write!(f, "{message}"),
            (false, true) => write!(f, "`{event}` {message}"),
            (false, false) => write!(f, "`{event}`: `{path}` {message}"),
        }
    }
}
