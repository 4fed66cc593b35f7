//! Ratings.

use serde::{Serialize, Serializer};

/// A rating: a number, always sent as one with a fraction (`5.0`), since a warehouse types the
/// column by the first value that it sees.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Rating(f64);

impl Rating {
    /// The number.
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
