//! Chooses the behavior for each request.

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};

use crate::fault_server::behavior::Behavior;

/// The behavior for each request, in the order in which requests start.
#[derive(Debug, Clone)]
pub struct FaultPlan {
    first: std::collections::VecDeque<Behavior>,
    random: Option<(SmallRng, u32, Behavior)>,
    default: Behavior,
}

impl FaultPlan {
    /// Uses the same behavior for every request.
    #[must_use]
    pub fn always(behavior: Behavior) -> Self {
        Self {
            first: [].into(),
            random: None,
            default: behavior,
        }
    }

    /// Uses these behaviors for the first requests, and status 200 for all others.
    #[must_use]
    pub fn first_then_ok(behaviors: impl IntoIterator<Item = Behavior>) -> Self {
        Self {
            first: behaviors.into_iter().collect(),
            ..Self::always(Behavior::ok())
        }
    }

    /// Uses this behavior for about `percent` percent of all requests, and status 200 for the
    /// others. `seed` determines which requests these are.
    #[must_use]
    pub fn random(percent: u32, behavior: Behavior, seed: u64) -> Self {
        Self {
            random: Some((SmallRng::seed_from_u64(seed), percent, behavior)),
            ..Self::always(Behavior::ok())
        }
    }

    pub(crate) fn next(&mut self) -> Behavior {
        if let Some(behavior) = self.first.pop_front() {
            return behavior;
        }
        if let Some((rng, percent, behavior)) = &mut self.random
            && rng.random_ratio(*percent, 100)
        {
            return behavior.clone();
        }
        self.default.clone()
    }
}
