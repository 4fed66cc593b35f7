//! The file that contains the tracking plan.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use copilot_track_plan::Plan;

use super::{accepted::AcceptedFindings, loaded::LoadedPlan};

/// The maximum size of the list of accepted findings, in bytes.
const MAX_ACCEPTED_BYTES: u64 = 16 << 20;

/// The file of a tracking plan and, optionally, that of the accepted findings.
#[derive(Debug)]
pub(crate) struct PlanFile {
    plan: PathBuf,
    accepted: Option<PathBuf>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    version: Version,
    loaded: Arc<LoadedPlan>,
}

/// The times and the sizes of the files, by which a change is detected.
type Version = [Option<(SystemTime, u64)>; 2];

/// The path of the file that cannot be read, and the cause, whose message contains the path.
pub(crate) type PlanFileError = (PathBuf, Box<dyn Error + Send + Sync>);

/// The list of accepted findings cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot read the accepted findings", file.display())]
struct AcceptedError {
    file: PathBuf,
    source: std::io::Error,
}

impl PlanFile {
    /// Reads the files.
    pub(crate) fn open(plan: PathBuf, accepted: Option<PathBuf>) -> Result<Self, PlanFileError> {
        // A change while the files are read is detected later.
        let version = version(&plan, accepted.as_deref());
        let loaded = Arc::new(load(&plan, accepted.as_deref())?);
        Ok(Self {
            plan,
            accepted,
            state: Mutex::new(State { version, loaded }),
        })
    }

    /// Returns the plan. If a file has changed, reads the files again. If that fails, returns the
    /// last valid plan with the error.
    pub(crate) fn current(&self) -> Arc<LoadedPlan> {
        let accepted = self.accepted.as_deref();
        let version = version(&self.plan, accepted);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.version != version {
            state.version = version;
            match load(&self.plan, accepted) {
                Ok(loaded) => state.loaded = Arc::new(loaded),
                Err((_, error)) => {
                    state.loaded = Arc::new(state.loaded.with_error(with_sources(&*error)));
                }
            }
        }
        Arc::clone(&state.loaded)
    }
}

fn version(plan: &Path, accepted: Option<&Path>) -> Version {
    let of = |file: &Path| {
        let metadata = fs::metadata(file).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    };
    [of(plan), accepted.and_then(of)]
}

fn load(plan: &Path, accepted: Option<&Path>) -> Result<LoadedPlan, PlanFileError> {
    let read = Plan::read(plan).map_err(|error| (plan.to_owned(), error.into()))?;
    let accepted = match accepted {
        Some(file) => read_accepted(file).map_err(|source| {
            let file = file.to_owned();
            (file.clone(), AcceptedError { file, source }.into())
        })?,
        None => AcceptedFindings::default(),
    };
    Ok(LoadedPlan::new(&read, accepted))
}

fn read_accepted(file: &Path) -> std::io::Result<AcceptedFindings> {
    if fs::metadata(file)?.len() > MAX_ACCEPTED_BYTES {
        return Err(std::io::ErrorKind::FileTooLarge.into());
    }
    Ok(AcceptedFindings::parse(&fs::read_to_string(file)?))
}

fn with_sources(error: &(dyn Error + 'static)) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", with_sources(source)),
        None => error.to_string(),
    }
}
