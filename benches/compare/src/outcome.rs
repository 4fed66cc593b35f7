//! What one measurement gave.

use std::collections::BTreeMap;

/// What one run gave, or why it gave nothing.
pub(crate) type Outcome = Result<BTreeMap<String, f64>, String>;
