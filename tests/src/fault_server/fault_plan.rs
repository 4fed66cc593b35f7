//! Which request meets which behaviour.

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};

use crate::fault_server::behavior::Behaviour;

/// Says what becomes of each request, in the order in which requests begin.
#[derive(Debug, Clone)]
pub struct Script {
    first: std::collections::VecDeque<Behaviour>,
    sometimes: Option<(SmallRng, u32, Behaviour)>,
    then: Behaviour,
}

impl Script {
    /// The same for all.
    #[must_use]
    pub fn always(behaviour: Behaviour) -> Self {
        Self {
            first: [].into(),
            sometimes: None,
            then: behaviour,
        }
    }

    /// These for the first, and 200 from then on.
    #[must_use]
    pub fn first(behaviours: impl IntoIterator<Item = Behaviour>) -> Self {
        Self {
            first: behaviours.into_iter().collect(),
            ..Self::always(Behaviour::ok())
        }
    }

    /// This for about so many of a hundred, and 200 for the others; the seed decides which.
    #[must_use]
    pub fn sometimes(percent: u32, behaviour: Behaviour, seed: u64) -> Self {
        Self {
            sometimes: Some((SmallRng::seed_from_u64(seed), percent, behaviour)),
            ..Self::always(Behaviour::ok())
        }
    }

    pub(crate) fn next(&mut self) -> Behaviour {
        if let Some(behaviour) = self.first.pop_front() {
            return behaviour;
        }
        if let Some((rng, percent, behaviour)) = &mut self.sometimes
            && rng.random_ratio(*percent, 100)
        {
            return behaviour.clone();
        }
        self.then.clone()
    }
}
