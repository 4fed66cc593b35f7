//! The selection of conversations to track.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::ids::conversation_id::ConversationId;

/// A random constant. If it changed, different conversations would be selected.
const NAMESPACE: Uuid = Uuid::from_u128(0x3b9e_57d0_1c6a_4f52_8e47_d90c_aa15_62f3);

/// The share of conversations that are tracked.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64")]
pub(crate) struct SampleRate(f64);

// A rate is never NaN.
impl Eq for SampleRate {}

impl TryFrom<f64> for SampleRate {
    type Error = &'static str;

    fn try_from(rate: f64) -> Result<Self, Self::Error> {
        Self::new(rate).ok_or("a sample rate is in the range from 0 to 1")
    }
}

impl SampleRate {
    pub(crate) const ALL: Self = Self(1.0);

    /// Creates a rate. Returns `None` if the rate is not in the range from 0 to 1.
    pub(crate) fn new(rate: f64) -> Option<Self> {
        (0.0..=1.0).contains(&rate).then_some(Self(rate))
    }

    /// Returns whether a conversation is tracked. The result is the same in every process. A higher
    /// rate selects all conversations that a lower rate selects.
    pub(crate) fn takes(self, conversation: &ConversationId) -> bool {
        if self == Self::ALL {
            return true;
        }
        let hash = Uuid::new_v5(&NAMESPACE, conversation.as_str().as_bytes());
        let (place, _) = hash.as_u64_pair();
        // An `f64` represents 32-bit integers exactly, and 32 bits are precise enough.
        let place = u32::try_from(place >> 32).unwrap_or(u32::MAX);
        f64::from(place) / (f64::from(u32::MAX) + 1.0) < self.0
    }

    /// Returns the rate, or `None` if all conversations are tracked.
    pub(crate) fn below_one(self) -> Option<f64> {
        (self != Self::ALL).then_some(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(rate: f64) -> Vec<usize> {
        let rate = SampleRate::new(rate).unwrap();
        let takes = |n: &usize| rate.takes(&ConversationId::new(format!("c{n}")).unwrap());
        (0..10_000).filter(takes).collect()
    }

    #[test]
    fn the_selected_share_is_close_to_the_rate() {
        assert_eq!(taken(0.0).len(), 0);
        assert_eq!(taken(1.0).len(), 10_000);
        assert!((800..1200).contains(&taken(0.1).len()));
    }

    #[test]
    fn a_higher_rate_selects_all_that_a_lower_rate_selects() {
        let more = taken(0.5);
        assert!(taken(0.2).iter().all(|n| more.contains(n)));
    }

    #[test]
    fn rates_outside_0_to_1_are_rejected() {
        for rate in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert_eq!(SampleRate::new(rate), None);
        }
    }
}
