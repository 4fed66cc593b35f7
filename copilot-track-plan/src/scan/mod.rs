//! Finds the events in Rust sources.

mod aliases;
mod args;
mod attributes;
mod attrs;
mod calls;
mod collect;
mod constants;
mod derive;
mod found;
mod modules;
mod parse;
mod resolve;
mod serde_types;
mod shown;
mod type_table;
mod variables;
mod walk;

#[cfg(test)]
mod tests;

use std::error::Error;
use std::path::Path;
use std::{fmt, io, thread};

use crate::sources::Sources;

/// The stack of the thread that parses sources. The memory is used only as far as it is needed.
const STACK_BYTES: usize = 256 << 20;

/// The error that is returned if sources cannot be found.
#[derive(Debug)]
pub struct ScanError {
    path: String,
    source: io::Error,
}

impl fmt::Display for ScanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read the sources in `{}`", self.path)
    }
}

impl Error for ScanError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

/// Finds the events in the Rust sources of a folder, or in one file.
///
/// The scan finds:
///
/// - structs that derive `TrackEvent`
/// - the attributes `#[tracked_tool]` and the like, with the properties, types, and actions that
///   they add
/// - `CustomEvent::new("…")`, and `.property("…", …)` and `.text("…", …)` on events
/// - calls that send the spec's events, such as `turn.message_received(…)`
///
/// The names of properties are always found, if they are literals. Their types are found where the
/// sources show them: in literals, casts, comparisons, typed parameters, and the fields of structs
/// in the same sources. The scan does not expand macros. Code for tests is left out: items and
/// modules with `#[cfg(test)]`, and the folders `tests` and `benches` of a package.
///
/// Files that `#[path = "…"]` and `include!("…")` name are read, even if they are in another
/// folder. Hidden folders and folders named `target` are skipped, and each file is read once, even
/// if symbolic links lead to it several times. Files and folders that cannot be read or parsed are
/// [`Sources::problems`].
///
/// # Errors
/// Returns an error if the folder cannot be read.
pub fn scan(path: impl AsRef<Path>) -> Result<Sources, ScanError> {
    let path = path.as_ref();
    let error = |source| ScanError {
        path: path.display().to_string(),
        source,
    };
    let found = walk::rust_files(path).map_err(error)?;
    // Parsing and visiting are recursive, so the thread of the caller may have too small a stack.
    thread::scope(|scope| {
        let scan = || {
            let mut collected = collect::Collected::default();
            collected.add_files(found);
            collected.finish()
        };
        let worker = thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, scan)
            .map_err(error)?;
        worker
            .join()
            .map_err(|_| error(io::Error::other("the scan panicked")))
    })
}

/// Finds the events in the text of one file. `name` is the name of the file for messages.
#[cfg(test)]
pub(crate) fn scan_text(name: &str, text: &str) -> Sources {
    let mut collected = collect::Collected::default();
    collected.add_text(Path::new(name), text);
    collected.finish()
}
