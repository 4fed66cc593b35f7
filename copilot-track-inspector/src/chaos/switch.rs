//! The active fault, and its JSON representation in the API.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::fault::{Chaos, ChaosError, Fault};

/// The active fault, as the API returns it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct ChaosStatus {
    pub(crate) enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) probability: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fault: Option<Fault>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remaining: Option<u64>,
    pub(crate) faults: u64,
}

/// A request to change the active fault.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChaosRequest {
    enabled: bool,
    #[serde(default)]
    probability: Option<f64>,
    #[serde(default)]
    fault: Option<Fault>,
    #[serde(default)]
    remaining: Option<u64>,
    /// This field is ignored. It is allowed so that a client can change one field of a response and
    /// send the whole response back.
    #[serde(default, rename = "faults")]
    _faults: Option<u64>,
}

impl TryFrom<ChaosRequest> for Option<Chaos> {
    type Error = ChaosError;

    fn try_from(request: ChaosRequest) -> Result<Self, ChaosError> {
        if !request.enabled {
            return Ok(None);
        }
        let fault = request.fault.ok_or_else(|| {
            ChaosError(
                "missing `fault`: expected an object such as {\"kind\": \"status\", \"status\": 503}"
                    .into(),
            )
        })?;
        Chaos {
            fault,
            probability: request.probability.unwrap_or(1.0),
            remaining: request.remaining,
        }
        .validated()
        .map(Some)
    }
}

/// The active fault, the random numbers that decide whether it occurs, and the number of faults so
/// far.
#[derive(Debug)]
pub(crate) struct ChaosSwitch {
    state: Mutex<ChaosState>,
    status: watch::Sender<ChaosStatus>,
}

#[derive(Debug)]
struct ChaosState {
    chaos: Option<Chaos>,
    random: SplitMix64,
    faults: u64,
}

impl ChaosSwitch {
    pub(crate) fn new(chaos: Option<Chaos>, seed: u64) -> Self {
        let state = ChaosState {
            chaos,
            random: SplitMix64(seed),
            faults: 0,
        };
        Self {
            status: watch::Sender::new(state.status()),
            state: Mutex::new(state),
        }
    }

    pub(crate) fn set(&self, chaos: Option<Chaos>) -> Result<ChaosStatus, ChaosError> {
        let chaos = chaos.map(Chaos::validated).transpose()?;
        let mut state = self.lock();
        state.chaos = chaos.filter(|chaos| chaos.remaining != Some(0));
        state.faults = 0;
        let status = state.status();
        self.status.send_replace(status.clone());
        Ok(status)
    }

    pub(crate) fn status(&self) -> ChaosStatus {
        self.status.borrow().clone()
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<ChaosStatus> {
        self.status.subscribe()
    }

    /// Decides at random whether the fault occurs on a request. Returns the fault if it does.
    pub(crate) fn roll(&self) -> Option<Fault> {
        let mut state = self.lock();
        let probability = state.chaos.as_ref()?.probability;
        if state.random.next_f64() >= probability {
            return None;
        }
        state.faults += 1;
        let chaos = state.chaos.as_mut()?;
        let fault = chaos.fault.clone();
        let remaining = chaos.remaining.as_mut().map(|remaining| {
            *remaining = remaining.saturating_sub(1);
            *remaining
        });
        if remaining == Some(0) {
            state.chaos = None;
        }
        self.status.send_replace(state.status());
        Some(fault)
    }

    fn lock(&self) -> MutexGuard<'_, ChaosState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ChaosState {
    fn status(&self) -> ChaosStatus {
        let chaos = self.chaos.as_ref();
        ChaosStatus {
            enabled: chaos.is_some(),
            probability: chaos.map(|chaos| chaos.probability),
            fault: chaos.map(|chaos| chaos.fault.clone()),
            remaining: chaos.and_then(|chaos| chaos.remaining),
            faults: self.faults,
        }
    }
}

/// The random number generator `SplitMix64`. The same seed produces the same faults.
#[derive(Debug)]
struct SplitMix64(u64);

impl SplitMix64 {
    /// Returns a number that is at least 0 and less than 1.
    fn next_f64(&mut self) -> f64 {
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
    fn faults_have_the_given_probability_and_repeat_with_the_same_seed() {
        let count = |seed| {
            let switch = ChaosSwitch::new(Some(Chaos::always(Fault::Hang).probability(0.25)), seed);
            (0..10_000).filter(|_| switch.roll().is_some()).count()
        };
        assert!((2_300..2_700).contains(&count(7)), "{}", count(7));
        assert_eq!(count(7), count(7));
        assert_ne!(count(7), count(8));
    }

    #[test]
    fn a_fault_ends_after_the_given_number_of_requests() {
        let switch = ChaosSwitch::new(None, 0);
        assert_eq!(switch.roll(), None);
        switch
            .set(Some(Chaos::always(Fault::Drop).times(2)))
            .unwrap();
        assert_eq!(switch.status().remaining, Some(2));
        let rolls: Vec<_> = (0..3).map(|_| switch.roll().is_some()).collect();
        assert_eq!(rolls, [true, true, false]);
        let status = switch.status();
        assert!(!status.enabled);
        assert_eq!(status.faults, 2);
    }

    #[test]
    fn a_status_that_the_api_returned_is_a_valid_request() {
        let switch = ChaosSwitch::new(None, 0);
        let json = r#"{"enabled":true,"probability":0.1,"fault":{"kind":"status","status":503,"retryAfter":"3"},"remaining":5,"faults":0}"#;
        let request: ChaosRequest = serde_json::from_str(json).unwrap();
        let status = switch.set(request.try_into().unwrap()).unwrap();
        assert_eq!(serde_json::to_string(&status).unwrap(), json);
        for json in [
            r#"{"enabled":true}"#,
            r#"{"enabled":true,"fault":{"kind":"status","status":99}}"#,
            r#"{"enabled":true,"fault":{"kind":"hang"},"probability":-1}"#,
        ] {
            let request: ChaosRequest = serde_json::from_str(json).unwrap();
            assert!(Option::<Chaos>::try_from(request).is_err(), "{json}");
        }
        for json in [
            r#"{"enabled":true,"fault":{"kind":"crash"}}"#,
            r#"{"enable":true}"#,
        ] {
            assert!(
                serde_json::from_str::<ChaosRequest>(json).is_err(),
                "{json}"
            );
        }
    }
}
