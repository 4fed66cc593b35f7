//! The outcome of one measurement.

use std::collections::BTreeMap;

/// The figures of one run, by name, or the reason why the run failed.
pub(crate) type Outcome = Result<BTreeMap<String, f64>, String>;
