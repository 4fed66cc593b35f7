//! The switch: which fault is on, whom it meets, and what the API tells and asks of it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::fault::{Chaos, ChaosError, Fault};

/// What is on, as the API tells it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Told {
    pub(crate) enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) probability: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fault: Option<Fault>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remaining: Option<u64>,
    pub(crate) faults: u64,
}

/// What the API is told.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    enabled: bool,
    #[serde(default)]
    probability: Option<f64>,
    #[serde(default)]
    fault: Option<Fault>,
    #[serde(default)]
    remaining: Option<u64>,
    /// Answered, and so sent back by those who change one field of an answer.
    #[serde(default, rename = "faults")]
    _faults: Option<u64>,
}

impl TryFrom<Asked> for Option<Chaos> {
    type Error = ChaosError;

    fn try_from(asked: Asked) -> Result<Self, ChaosError> {
        if !asked.enabled {
            return Ok(None);
        }
        let fault = asked.fault.ok_or_else(|| {
            ChaosError("`fault` is missing: such as {\"kind\": \"status\", \"status\": 503}".into())
        })?;
        Chaos {
            fault,
            probability: asked.probability.unwrap_or(1.0),
            remaining: asked.remaining,
        }
        .checked()
        .map(Some)
    }
}

/// The switch, the dice and the count.
#[derive(Debug)]
pub(crate) struct Switch {
    state: Mutex<State>,
    told: watch::Sender<Told>,
}

#[derive(Debug)]
struct State {
    chaos: Option<Chaos>,
    dice: Dice,
    faults: u64,
}

impl Switch {
    pub(crate) fn new(chaos: Option<Chaos>, seed: u64) -> Self {
        let state = State {
            chaos,
            dice: Dice(seed),
            faults: 0,
        };
        Self {
            told: watch::Sender::new(state.tell()),
            state: Mutex::new(state),
        }
    }

    pub(crate) fn set(&self, chaos: Option<Chaos>) -> Result<Told, ChaosError> {
        let chaos = chaos.map(Chaos::checked).transpose()?;
        let mut state = self.lock();
        state.chaos = chaos.filter(|chaos| chaos.remaining != Some(0));
        state.faults = 0;
        let told = state.tell();
        self.told.send_replace(told.clone());
        Ok(told)
    }

    pub(crate) fn told(&self) -> Told {
        self.told.borrow().clone()
    }

    pub(crate) fn changes(&self) -> watch::Receiver<Told> {
        self.told.subscribe()
    }

    /// What goes wrong with this request, if anything.
    pub(crate) fn roll(&self) -> Option<Fault> {
        let mut state = self.lock();
        let probability = state.chaos.as_ref()?.probability;
        if state.dice.roll() >= probability {
            return None;
        }
        state.faults += 1;
        let chaos = state.chaos.as_mut()?;
        let fault = chaos.fault.clone();
        let left = chaos.remaining.as_mut().map(|left| {
            *left = left.saturating_sub(1);
            *left
        });
        if left == Some(0) {
            state.chaos = None;
        }
        self.told.send_replace(state.tell());
        Some(fault)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn tell(&self) -> Told {
        let chaos = self.chaos.as_ref();
        Told {
            enabled: chaos.is_some(),
            probability: chaos.map(|chaos| chaos.probability),
            fault: chaos.map(|chaos| chaos.fault.clone()),
            remaining: chaos.and_then(|chaos| chaos.remaining),
            faults: self.faults,
        }
    }
}

/// The generator `SplitMix64`: the same seed, the same faults.
#[derive(Debug)]
struct Dice(u64);

impl Dice {
    /// From 0 to below 1.
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let upper = u32::try_from((z ^ (z >> 31)) >> 32).unwrap_or_default();
        f64::from(upper) / (f64::from(u32::MAX) + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dice_are_fair_and_the_same_for_one_seed() {
        let count = |seed| {
            let switch = Switch::new(Some(Chaos::always(Fault::Hang).probability(0.25)), seed);
            (0..10_000).filter(|_| switch.roll().is_some()).count()
        };
        assert!((2_300..2_700).contains(&count(7)), "{}", count(7));
        assert_eq!(count(7), count(7));
        assert_ne!(count(7), count(8));
    }

    #[test]
    fn a_fault_ends_after_its_times() {
        let switch = Switch::new(None, 0);
        assert_eq!(switch.roll(), None);
        switch
            .set(Some(Chaos::always(Fault::Drop).times(2)))
            .unwrap();
        assert_eq!(switch.told().remaining, Some(2));
        let rolls: Vec<_> = (0..3).map(|_| switch.roll().is_some()).collect();
        assert_eq!(rolls, [true, true, false]);
        let told = switch.told();
        assert!(!told.enabled);
        assert_eq!(told.faults, 2);
    }

    #[test]
    fn the_api_reads_what_it_answers() {
        let switch = Switch::new(None, 0);
        let json = r#"{"enabled":true,"probability":0.1,"fault":{"kind":"status","status":503,"retryAfter":"3"},"remaining":5,"faults":0}"#;
        let asked: Asked = serde_json::from_str(json).unwrap();
        let told = switch.set(asked.try_into().unwrap()).unwrap();
        assert_eq!(serde_json::to_string(&told).unwrap(), json);
        for json in [
            r#"{"enabled":true}"#,
            r#"{"enabled":true,"fault":{"kind":"status","status":99}}"#,
            r#"{"enabled":true,"fault":{"kind":"hang"},"probability":-1}"#,
        ] {
            let asked: Asked = serde_json::from_str(json).unwrap();
            assert!(Option::<Chaos>::try_from(asked).is_err(), "{json}");
        }
        for json in [
            r#"{"enabled":true,"fault":{"kind":"crash"}}"#,
            r#"{"enable":true}"#,
        ] {
            assert!(serde_json::from_str::<Asked>(json).is_err(), "{json}");
        }
    }
}
