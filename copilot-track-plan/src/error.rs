//! Errors from reading a plan.

use std::error::Error;
use std::fmt;
use std::path::Path;

/// An error in a tracking plan.
///
/// The message states what to change, and the path states where. For example:
///
/// ```text
/// tracking-plan.json: rules[3].jsonSchema.properties: expected an object, found a list
/// ```
#[derive(Debug)]
pub struct PlanError {
    file: Option<String>,
    path: String,
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl PlanError {
    pub(crate) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            file: None,
            path: path.into(),
            message: message.into(),
            source: None,
        }
    }

    pub(crate) fn with_source(
        message: impl Into<String>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            source: Some(source.into()),
            ..Self::new("", message)
        }
    }

    pub(crate) fn in_file(mut self, file: &Path) -> Self {
        self.file = Some(file.display().to_string());
        self
    }

    /// Returns the path of the invalid value inside the plan, such as `rules[3].jsonSchema`. The
    /// path is empty if the error concerns the whole plan.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in self.file.iter().chain([&self.path]) {
            if !place.is_empty() {
                write!(f, "{place}: ")?;
            }
        }
        f.write_str(&self.message)
    }
}

impl Error for PlanError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.source {
            Some(source) => Some(&**source),
            None => None,
        }
    }
}
