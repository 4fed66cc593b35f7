//! The results of all measurements.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::outcome::Outcome;
use crate::subjects::Subject;

/// One figure over several rounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stat {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Stat {
    pub(crate) fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        let median = if values.len() % 2 == 1 {
            *values.get(middle)?
        } else {
            (values.get(middle.checked_sub(1)?)? + values.get(middle)?) / 2.0
        };
        Some(Self {
            median,
            min: *values.first()?,
            max: *values.last()?,
        })
    }
}

#[derive(Debug, Default)]
pub(crate) struct Results {
    runs: BTreeMap<(String, String), Vec<Outcome>>,
}

impl Results {
    pub(crate) fn add(&mut self, measurement: &str, subject: &str, outcome: Outcome) {
        if let Err(why) = &outcome {
            eprintln!("  {measurement} · {subject}: {why}");
        }
        self.runs
            .entry((measurement.to_owned(), subject.to_owned()))
            .or_default()
            .push(outcome);
    }

    fn of(&self, measurement: &str, subject: &str) -> &[Outcome] {
        self.runs
            .get(&(measurement.to_owned(), subject.to_owned()))
            .map_or(&[], Vec::as_slice)
    }

    /// Returns the median, minimum, and maximum of a figure over all rounds.
    pub(crate) fn stat(&self, measurement: &str, subject: Subject, name: &str) -> Option<Stat> {
        self.stat_by_name(measurement, subject.name, name)
    }

    pub(crate) fn stat_by_name(
        &self,
        measurement: &str,
        subject: &str,
        name: &str,
    ) -> Option<Stat> {
        Stat::of(
            self.of(measurement, subject)
                .iter()
                .filter_map(|outcome| outcome.as_ref().ok()?.get(name).copied())
                .collect(),
        )
    }

    /// Returns the first error of a measurement, if any.
    pub(crate) fn failure(&self, measurement: &str, subject: &str) -> Option<&str> {
        self.of(measurement, subject)
            .iter()
            .find_map(|outcome| outcome.as_ref().err().map(String::as_str))
    }

    /// Returns the failed measurements of copilot-track, which make the whole run fail. Failures of
    /// other libraries only appear on the page.
    pub(crate) fn own_failures(&self) -> Vec<String> {
        self.runs
            .iter()
            .filter(|((_, subject), _)| subject.starts_with("copilot-track"))
            .filter_map(|((measurement, subject), outcomes)| {
                let why = outcomes.iter().find_map(|outcome| outcome.as_ref().err())?;
                Some(format!("{measurement} · {subject}: {why}"))
            })
            .collect()
    }

    /// Formats every figure for a terminal.
    pub(crate) fn plain(&self) -> String {
        let mut text = String::new();
        for ((measurement, subject), outcomes) in &self.runs {
            let _ = write!(text, "{measurement} · {subject}:");
            let mut names: Vec<&String> =
                outcomes.iter().flatten().flat_map(BTreeMap::keys).collect();
            names.sort();
            names.dedup();
            for name in names {
                if let Some(stat) = self.stat_by_name(measurement, subject, name) {
                    let _ = write!(text, " {name} {}", number(stat.median));
                }
            }
            if let Some(why) = self.failure(measurement, subject) {
                let _ = write!(text, " failed: {why}");
            }
            text.push('\n');
        }
        text
    }
}

/// Formats a number with at least three significant digits and with commas between thousands.
pub(crate) fn number(value: f64) -> String {
    let digits = match value.abs() {
        size if size >= 100.0 || size == 0.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    let text = format!("{value:.digits$}");
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut out = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 && !out.ends_with('-') {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}
