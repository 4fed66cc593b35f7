//! The sender of a message, or the user of a tool.

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The spec's `role`: one of the roles that the spec names, or any other string.
///
/// ```
/// use copilot_track::Role;
///
/// assert_eq!(Role::from("ai_agent"), Role::AiAgent);
/// assert_eq!(Role::from("supervisor").as_str(), "supervisor");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// `customer`: the default for Message Sent and Action Invoked.
    Customer,
    /// `agent`: the default for Message Received and Media Generated.
    Agent,
    /// `ai_agent`
    AiAgent,
    /// `human_agent`
    HumanAgent,
    /// `task_automation_agent`
    TaskAutomationAgent,
    /// Any other string.
    Other(Cow<'static, str>),
}

impl Role {
    /// Returns the string that is sent, for example `ai_agent`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Customer => "customer",
            Self::Agent => "agent",
            Self::AiAgent => "ai_agent",
            Self::HumanAgent => "human_agent",
            Self::TaskAutomationAgent => "task_automation_agent",
            Self::Other(text) => text,
        }
    }

    fn named(text: &str) -> Option<Self> {
        Some(match text {
            "customer" => Self::Customer,
            "agent" => Self::Agent,
            "ai_agent" => Self::AiAgent,
            "human_agent" => Self::HumanAgent,
            "task_automation_agent" => Self::TaskAutomationAgent,
            _ => return None,
        })
    }
}

impl From<&str> for Role {
    fn from(text: &str) -> Self {
        Self::named(text).unwrap_or_else(|| Self::Other(Cow::Owned(text.to_owned())))
    }
}

impl From<String> for Role {
    fn from(text: String) -> Self {
        Self::named(&text).unwrap_or(Self::Other(Cow::Owned(text)))
    }
}

impl From<&String> for Role {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Cow<'static, str>> for Role {
    fn from(text: Cow<'static, str>) -> Self {
        Self::named(&text).unwrap_or(Self::Other(text))
    }
}

impl From<&Role> for Role {
    fn from(role: &Role) -> Self {
        role.clone()
    }
}

impl FromStr for Role {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::from(text))
    }
}

impl AsRef<str> for Role {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_round_trips_through_serde() {
        for role in [Role::AiAgent, Role::from("supervisor")] {
            let json = serde_json::to_string(&role).unwrap();
            assert_eq!(serde_json::from_str::<Role>(&json).unwrap(), role);
        }
        assert_eq!("human_agent".parse(), Ok(Role::HumanAgent));
    }

    #[test]
    fn a_role_is_displayed_as_it_is_sent() {
        for role in [Role::AiAgent, Role::from("supervisor")] {
            assert_eq!(role.to_string(), role.as_str());
        }
        assert_eq!(format!("{:>8}", Role::from("bot")), "     bot");
    }
}
