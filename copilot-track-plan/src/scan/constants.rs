//! String constants, which can name events.

use std::collections::HashMap;

use syn::{Expr, Path};

use super::args::string_literal;

/// The string constants of all files, by name.
#[derive(Default)]
pub(super) struct Constants(HashMap<String, Option<String>>);

impl Constants {
    pub(super) fn add(&mut self, name: &str, value: &Expr) {
        if let Some(text) = string_literal(value) {
            let entry = self.0.entry(name.to_owned());
            // A name with several values is ambiguous.
            let known = entry.or_insert_with(|| Some(text.clone()));
            if known.as_ref() != Some(&text) {
                *known = None;
            }
        }
    }

    /// Returns the value of the constant at the end of a path.
    pub(super) fn get(&self, path: &Path) -> Option<&str> {
        let name = path.segments.last()?.ident.to_string();
        self.0.get(&name)?.as_deref()
    }

    /// Returns the text of a literal or of a constant.
    pub(super) fn text(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::Path(path) => self.get(&path.path).map(str::to_owned),
            Expr::Reference(reference) => self.text(&reference.expr),
            other => string_literal(other),
        }
    }
}
