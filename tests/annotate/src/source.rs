//! The source files of a crate, with and without attributes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::functions::{self, Function};

/// The place of an attribute.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    Above,
    Below,
}

/// A function, as an index of its file and an index in the file.
pub(crate) type FunctionId = (usize, usize);

/// A source file.
pub(crate) struct Source {
    /// The path relative to the package, as in the compiler's messages.
    pub(crate) path: PathBuf,
    /// The text without attributes.
    text: String,
    pub(crate) functions: Vec<Function>,
}

/// Reads the Rust files in `folder/under`. Files without functions are left out.
pub(crate) fn read_all(folder: &Path, under: &Path) -> Result<Vec<Source>, String> {
    let mut sources = Vec::new();
    let mut entries: Vec<_> = fs::read_dir(folder.join(under))
        .and_then(Iterator::collect)
        .map_err(|why| format!("{}: {why}", under.display()))?;
    entries.sort_by_key(fs::DirEntry::path);
    for entry in entries {
        let path = under.join(entry.file_name());
        if entry.path().is_dir() {
            sources.extend(read_all(folder, &path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(entry.path())
                .map_err(|why| format!("{}: {why}", path.display()))?;
            let functions = functions::find(&text).unwrap_or_default();
            if !functions.is_empty() {
                sources.push(Source {
                    path,
                    text,
                    functions,
                });
            }
        }
    }
    Ok(sources)
}

impl Source {
    /// Returns the text with `attribute` on each function, except on those in `without`. The
    /// attribute is on a line that already exists, so that line numbers stay the same.
    pub(crate) fn annotated(
        &self,
        attribute: &str,
        position: Position,
        without: &BTreeSet<usize>,
    ) -> String {
        let functions = self.functions.iter().enumerate();
        let mut offsets: Vec<_> = functions
            .filter(|(index, _)| !without.contains(index))
            .map(|(_, function)| match position {
                Position::Above => function.above_attributes,
                Position::Below => function.below_attributes,
            })
            .collect();
        offsets.sort_unstable();
        let mut text = String::with_capacity(self.text.len() * 2);
        let mut written = 0;
        for offset in offsets {
            text.push_str(&self.text[written..offset]);
            text.push_str("#[::copilot_track::");
            text.push_str(attribute);
            text.push_str("] ");
            written = offset;
        }
        text.push_str(&self.text[written..]);
        text
    }

    /// Returns the text without attributes.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the index of the innermost function that contains a line.
    pub(crate) fn function_at(&self, line: usize) -> Option<usize> {
        self.functions
            .iter()
            .enumerate()
            .filter(|(_, function)| function.lines.contains(&line))
            .min_by_key(|(_, function)| function.lines.end() - function.lines.start())
            .map(|(index, _)| index)
    }
}
