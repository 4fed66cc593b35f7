//! Names that a file imports under another name.

use std::collections::HashMap;

use syn::ext::IdentExt as _;
use syn::visit::{self, Visit};
use syn::{Ident, UseRename};

/// The imports of a file that end in `as …`: the original names by the new names.
#[derive(Default)]
pub(super) struct Aliases(HashMap<String, String>);

impl Aliases {
    pub(super) fn of(file: &syn::File) -> Self {
        let mut aliases = Self::default();
        aliases.visit_file(file);
        aliases
    }

    /// Returns the original name of an item.
    pub(super) fn resolve(&self, ident: &Ident) -> String {
        let name = ident.unraw().to_string();
        self.0.get(&name).cloned().unwrap_or(name)
    }
}

impl<'ast> Visit<'ast> for Aliases {
    fn visit_use_rename(&mut self, rename: &'ast UseRename) {
        let name = rename.rename.unraw().to_string();
        self.0.insert(name, rename.ident.unraw().to_string());
        visit::visit_use_rename(self, rename);
    }
}
