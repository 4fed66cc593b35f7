//! Trait implementations for ids that are strings.

/// Implements the common traits for an id type that has `new` and `as_str`.
macro_rules! text_id {
    ($type:ident) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($type))
                    .field(&self.as_str())
                    .finish()
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl PartialEq<str> for $type {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<&str> for $type {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::event::ids::parse::ParseIdError;
            fn from_str(id: &str) -> Result<Self, $crate::event::ids::parse::ParseIdError> {
                Self::new(id)
            }
        }

        impl TryFrom<&str> for $type {
            type Error = $crate::event::ids::parse::ParseIdError;
            fn try_from(id: &str) -> Result<Self, $crate::event::ids::parse::ParseIdError> {
                Self::new(id)
            }
        }

        impl TryFrom<String> for $type {
            type Error = $crate::event::ids::parse::ParseIdError;
            fn try_from(id: String) -> Result<Self, $crate::event::ids::parse::ParseIdError> {
                Self::new(id)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let id = <String as serde::Deserialize>::deserialize(deserializer)?;
                Self::new(id).map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(super) use text_id;
