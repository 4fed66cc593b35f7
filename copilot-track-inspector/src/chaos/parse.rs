//! Parses a fault from a string, such as a command-line option.

use super::fault::{Chaos, ChaosError, Fault};

impl Chaos {
    /// Parses a fault such as `status=503,p=0.1,retry-after=3,times=5`.
    ///
    /// The kind of fault is one of `status=S`, `delay=MS`, `hang`, `reset`, `reset-after`, `drop`,
    /// `garbage`, and `drip=MS`. The optional parts are `p=P` (the probability), `times=N` (the
    /// number of requests), and, with `status`, `retry-after=S`.
    ///
    /// # Errors
    ///
    /// Returns an error if a part is unknown or out of range, or if the string does not contain
    /// exactly one kind of fault.
    pub fn parse(text: &str) -> Result<Self, ChaosError> {
        let mut kind = None;
        let (mut probability, mut remaining, mut retry_after) = (1.0, None, None);
        for part in text.split(',') {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let number = || value.trim().parse::<u64>().map_err(|_| invalid(part));
            match name.trim() {
                "p" | "probability" => {
                    probability = value.trim().parse().map_err(|_| invalid(part))?;
                }
                "times" => remaining = Some(number()?),
                "retry-after" => retry_after = Some(value.trim().to_owned()),
                name => {
                    let fault = match name {
                        "status" => Fault::Status {
                            status: u16::try_from(number()?).map_err(|_| invalid(part))?,
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
                        _ => return Err(invalid(part)),
                    };
                    if kind.replace(fault).is_some() {
                        return Err(ChaosError(format!(
                            "`{text}` has two kinds of fault; remove one of them"
                        )));
                    }
                }
            }
        }
        let mut fault =
            kind.ok_or_else(|| ChaosError(format!("`{text}` has no kind of fault: {EXPECTED}")))?;
        if let Some(after) = retry_after {
            let Fault::Status { retry_after, .. } = &mut fault else {
                return Err(ChaosError(
                    "`retry-after` is only allowed with `status`".into(),
                ));
            };
            *retry_after = Some(after);
        }
        Self {
            fault,
            probability,
            remaining,
        }
        .validated()
    }
}

const EXPECTED: &str = "expected status=S, delay=MS, hang, reset, reset-after, drop, garbage, or drip=MS, and optionally p=P, times=N, and, with status, retry-after=S, separated by commas";

fn invalid(part: &str) -> ChaosError {
    ChaosError(format!("invalid value `{part}`: {EXPECTED}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_parsed_and_mistakes_are_reported() {
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
}
