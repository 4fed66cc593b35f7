//! Faults on demand: what an app does when its tracking API is slow, broken or gone.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// Faults that the ingestion routes (`/v1/…`) show instead of, or beside, doing their work.
#[derive(Clone, Debug, PartialEq)]
pub struct Chaos {
    pub(crate) fault: Fault,
    pub(crate) probability: f64,
    pub(crate) remaining: Option<u64>,
}

/// What goes wrong.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
#[non_exhaustive]
pub enum Fault {
    /// The answer is this status, and the events are not taken.
    Status {
        /// From 300 to 599.
        status: u16,
        /// What stands in the header `Retry-After`: seconds, or an HTTP date.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<String>,
    },
    /// The answer, a normal one, comes late.
    Delay {
        /// By how many milliseconds; at most 600,000.
        delay_ms: u64,
    },
    /// There is never an answer, and the events are not taken.
    Hang,
    /// The connection is dropped before the body is read.
    Reset,
    /// The events are taken, and then the connection is dropped.
    ResetAfter,
    /// The answer is 200, and the events are not taken.
    Drop,
    /// The events are taken; the answer is 200 with what is no JSON.
    Garbage,
    /// The events are taken; the answer comes a byte at a time.
    Drip {
        /// The pause before each byte, in milliseconds; at most 600,000.
        delay_ms: u64,
    },
}

/// What is wrong with a fault that was asked for.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ChaosError(String);

/// The longest pause, in milliseconds.
const LONGEST_DELAY: u64 = 600_000;

impl Chaos {
    /// This fault, on every request.
    #[must_use]
    pub fn always(fault: Fault) -> Self {
        Self {
            fault,
            probability: 1.0,
            remaining: None,
        }
    }

    /// On each request with this probability, from 0 to 1.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }

    /// On so many requests, and then no more.
    #[must_use]
    pub fn times(mut self, requests: u64) -> Self {
        self.remaining = Some(requests);
        self
    }

    /// Reads a flag's value, such as `status=503,p=0.1,retry-after=3,times=5`.
    ///
    /// Kinds are `status=S`, `delay=MS`, `hang`, `reset`, `reset-after`, `drop`, `garbage` and `drip=MS`.
    ///
    /// # Errors
    ///
    /// If a part is not known, or is out of its range.
    pub fn parse(text: &str) -> Result<Self, ChaosError> {
        let mut kind = None;
        let (mut probability, mut remaining, mut retry_after) = (1.0, None, None);
        for part in text.split(',') {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let number = || value.trim().parse::<u64>().map_err(|_| wrong(part));
            match name.trim() {
                "p" | "probability" => {
                    probability = value.trim().parse().map_err(|_| wrong(part))?;
                }
                "times" => remaining = Some(number()?),
                "retry-after" => retry_after = Some(value.trim().to_owned()),
                name => {
                    let fault = match name {
                        "status" => Fault::Status {
                            status: u16::try_from(number()?).map_err(|_| wrong(part))?,
                            retry_after: None,
                        },
                        "delay" => Fault::Delay {
                            delay_ms: number()?,
                        },
                        "hang" => Fault::Hang,
                        "reset" => Fault::Reset,
                        "reset-after" => Fault::ResetAfter,
                        "drop" => Fault::Drop,
                        "garbage" => Fault::Garbage,
                        "drip" => Fault::Drip {
                            delay_ms: number()?,
                        },
                        _ => return Err(wrong(part)),
                    };
                    if kind.replace(fault).is_some() {
                        return Err(ChaosError(format!(
                            "`{text}` has two kinds of fault; name one"
                        )));
                    }
                }
            }
        }
        let mut fault =
            kind.ok_or_else(|| ChaosError(format!("`{text}` has no kind of fault; {KINDS}")))?;
        if let Some(after) = retry_after {
            let Fault::Status { retry_after, .. } = &mut fault else {
                return Err(ChaosError("`retry-after` goes with `status`".into()));
            };
            *retry_after = Some(after);
        }
        Self {
            fault,
            probability,
            remaining,
        }
        .checked()
    }

    fn checked(self) -> Result<Self, ChaosError> {
        if !(0.0..=1.0).contains(&self.probability) {
            return Err(ChaosError("the probability is from 0 to 1".into()));
        }
        match &self.fault {
            Fault::Status { status, .. } if !(300..=599).contains(status) => {
                Err(ChaosError("the status is from 300 to 599; for a good answer that keeps nothing there is `drop`".into()))
            }
            Fault::Status { retry_after: Some(after), .. }
                if after.is_empty() || !after.bytes().all(|byte| (b' '..=b'~').contains(&byte)) =>
            {
                Err(ChaosError("`retryAfter` is seconds or an HTTP date".into()))
            }
            Fault::Delay { delay_ms } | Fault::Drip { delay_ms } if *delay_ms > LONGEST_DELAY => {
                Err(ChaosError(format!("the delay is at most {LONGEST_DELAY} ms")))
            }
            _ => Ok(self),
        }
    }
}

const KINDS: &str = "write status=503, delay=MS, hang, reset, reset-after, drop, garbage or drip=MS, and after a comma p=0.1, times=N, or (with status) retry-after=S";

fn wrong(part: &str) -> ChaosError {
    ChaosError(format!("`{part}` is not understood; {KINDS}"))
}

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
    fn flags_are_read_and_mistakes_told() {
        let status = |status, after: Option<&str>| Fault::Status {
            status,
            retry_after: after.map(str::to_owned),
        };
        for (text, chaos) in [
            (
                "status=503,p=0.1,retry-after=3",
                Chaos::always(status(503, Some("3"))).probability(0.1),
            ),
            ("p=0.5, hang", Chaos::always(Fault::Hang).probability(0.5)),
            ("reset,times=2", Chaos::always(Fault::Reset).times(2)),
            ("drip=10", Chaos::always(Fault::Drip { delay_ms: 10 })),
        ] {
            assert_eq!(Chaos::parse(text).unwrap(), chaos, "{text}");
        }
        for text in [
            "",
            "p=0.1",
            "status",
            "status=200",
            "status=70000",
            "hang,reset",
            "hang,p=2",
            "hang,p=NaN",
            "hang,retry-after=3",
            "delay=-1",
            "delay=600001",
            "crash",
            "status=503,retry-after=",
        ] {
            assert!(Chaos::parse(text).is_err(), "{text}");
        }
    }

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
