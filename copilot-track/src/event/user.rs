//! The user of a conversation.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::event::ids::parse::{ParseIdError, parse};
use crate::util::random;

/// The user of a conversation, who has a user id from your application, an anonymous id, or both.
///
/// A `User` always has at least one of the two ids, because Segment rejects events without an id.
///
/// ```
/// use copilot_track::User;
///
/// let visitor = User::anonymous("768923ihuy32")?;
/// let customer = visitor.and_known("123")?;
/// assert_eq!(customer, User::both("123", "768923ihuy32")?);
/// # Ok::<(), copilot_track::ParseIdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "UserIds", into = "UserIds")]
pub struct User {
    known: Option<Arc<str>>,
    anonymous: Option<Arc<str>>,
}

/// The serialized form of a user, with the field names of the tracking API.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserIds {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user_id: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    anonymous_id: Option<Arc<str>>,
}

impl TryFrom<UserIds> for User {
    type Error = ParseIdError;

    fn try_from(ids: UserIds) -> Result<Self, ParseIdError> {
        if ids.user_id.is_none() && ids.anonymous_id.is_none() {
            return Err(ParseIdError::Empty { what: USER_ID });
        }
        if let Some(id) = &ids.user_id {
            parse(USER_ID, id)?;
        }
        if let Some(id) = &ids.anonymous_id {
            parse(ANONYMOUS_ID, id)?;
        }
        Ok(Self {
            known: ids.user_id,
            anonymous: ids.anonymous_id,
        })
    }
}

impl From<User> for UserIds {
    fn from(user: User) -> Self {
        Self {
            user_id: user.known,
            anonymous_id: user.anonymous,
        }
    }
}

const USER_ID: &str = "user id";
const ANONYMOUS_ID: &str = "anonymous id";

fn id(what: &'static str, text: &str) -> Result<Option<Arc<str>>, ParseIdError> {
    parse(what, text)?;
    Ok(Some(text.into()))
}

impl User {
    /// Creates a user with an id from your application: Segment's `userId`.
    ///
    /// # Errors
    /// Returns [`ParseIdError`] if the id is blank or has more than 100 characters.
    pub fn known(user_id: impl AsRef<str>) -> Result<Self, ParseIdError> {
        Ok(Self {
            known: id(USER_ID, user_id.as_ref())?,
            anonymous: None,
        })
    }

    /// Creates a user with only an anonymous id, for example from a cookie: Segment's
    /// `anonymousId`.
    ///
    /// # Errors
    /// Returns [`ParseIdError`] if the id is blank or has more than 100 characters.
    pub fn anonymous(anonymous_id: impl AsRef<str>) -> Result<Self, ParseIdError> {
        Ok(Self {
            known: None,
            anonymous: id(ANONYMOUS_ID, anonymous_id.as_ref())?,
        })
    }

    /// Creates a user with both ids.
    ///
    /// # Errors
    /// Returns [`ParseIdError`] if one of the ids is blank or has more than 100 characters.
    pub fn both(
        user_id: impl AsRef<str>,
        anonymous_id: impl AsRef<str>,
    ) -> Result<Self, ParseIdError> {
        Self::anonymous(anonymous_id)?.and_known(user_id)
    }

    /// Creates a user with a random anonymous id.
    ///
    /// The id is unique but not secret. Do not use it as a credential, such as a session token.
    #[must_use]
    pub fn new_anonymous() -> Self {
        let mut text = [0; 36];
        Self {
            known: None,
            anonymous: Some(Arc::from(
                &*random::uuid(u64::from(std::process::id()))
                    .hyphenated()
                    .encode_lower(&mut text),
            )),
        }
    }

    /// Sets the user id and keeps the anonymous id.
    ///
    /// # Errors
    /// Returns [`ParseIdError`] if the id is blank or has more than 100 characters.
    pub fn and_known(mut self, user_id: impl AsRef<str>) -> Result<Self, ParseIdError> {
        self.known = id(USER_ID, user_id.as_ref())?;
        Ok(self)
    }

    /// Returns the user id, if there is one.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.known.as_deref()
    }

    /// Returns the anonymous id, if there is one.
    #[must_use]
    pub fn anonymous_id(&self) -> Option<&str> {
        self.anonymous.as_deref()
    }

    /// Returns a user with the ids of `newer`. An id that `newer` does not have is taken from this
    /// user.
    pub(crate) fn merged_with(&self, newer: &Self) -> Self {
        let merge = |newer: &Option<Arc<str>>, older: &Option<Arc<str>>| {
            newer.as_ref().or(older.as_ref()).cloned()
        };
        Self {
            known: merge(&newer.known, &self.known),
            anonymous: merge(&newer.anonymous, &self.anonymous),
        }
    }

    /// Returns whether `other` is the same user: it has the same user id. If this user has no user
    /// id, `other` has the same anonymous id.
    pub(crate) fn is_also(&self, other: &Self) -> bool {
        match &self.known {
            Some(_) => self.known == other.known,
            None => self.anonymous.is_some() && self.anonymous == other.anonymous,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_must_have_a_valid_id() {
        assert!(User::known("").is_err());
        assert!(User::anonymous("x".repeat(101)).is_err());
        assert!(User::both("a", " ").is_err());
        assert!(serde_json::from_str::<User>("{}").is_err());
        assert!(serde_json::from_str::<User>(r#"{"userId":""}"#).is_err());
        assert!(User::new_anonymous().anonymous_id().is_some());
    }

    #[test]
    fn a_user_round_trips_through_serde() {
        for user in [
            User::known("a").unwrap(),
            User::anonymous("b").unwrap(),
            User::both("a", "b").unwrap(),
        ] {
            let json = serde_json::to_string(&user).unwrap();
            assert_eq!(serde_json::from_str::<User>(&json).unwrap(), user);
        }
    }

    #[test]
    fn merging_keeps_ids_that_the_newer_user_does_not_have() {
        let visitor = User::anonymous("v").unwrap();
        let merged = visitor.merged_with(&User::known("123").unwrap());
        assert_eq!(merged, User::both("123", "v").unwrap());
        let moved = merged.merged_with(&User::anonymous("w").unwrap());
        assert_eq!(moved, User::both("123", "w").unwrap());
    }
}
