//! The rating of Feedback Submitted.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// The rating of a message or a conversation.
///
/// A rating is always sent with a decimal point (`5.0`), because a warehouse derives the type of a
/// column from the first value that it receives. A rating that is not a finite number makes its
/// event invalid: the event is not sent, and the ledger counts it.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Deserialize)]
pub struct Rating(f64);

impl Rating {
    /// Returns the number.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

macro_rules! rating_from {
    ($($number:ty)*) => {$(
        impl From<$number> for Rating {
            fn from(rating: $number) -> Self {
                Self(f64::from(rating))
            }
        }
    )*};
}

rating_from!(f64 f32 i32 u32 i16 u16 i8 u8);

impl From<Rating> for f64 {
    fn from(rating: Rating) -> Self {
        rating.0
    }
}

impl fmt::Display for Rating {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Rating {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.0.is_finite() {
            return Err(serde::ser::Error::custom(
                "a rating must be a finite number",
            ));
        }
        serializer.serialize_f64(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_returned() {
        for number in [4.5, -0.25, 0.0, f64::INFINITY] {
            let rating = Rating::from(number);
            assert_eq!(rating.get().to_bits(), number.to_bits());
            assert_eq!(f64::from(rating).to_bits(), number.to_bits());
            assert_eq!(rating.to_string(), number.to_string());
        }
        assert_eq!(serde_json::to_string(&Rating::from(5)).unwrap(), "5.0");
        assert!(serde_json::to_string(&Rating::from(f64::NAN)).is_err());
    }
}
