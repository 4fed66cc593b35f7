//! The files of modules: `mod name;`, `#[path = "…"]`, and `include!("…")`.

use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use syn::ext::IdentExt as _;
use syn::{Expr, ItemMod, Macro, Meta};

use super::args::{is_last, string_literal};
use super::attrs;

/// The files whose modules are in the same folder.
const ROOTS: [&str; 3] = ["lib.rs", "main.rs", "mod.rs"];

/// Returns whether the modules of a file are in the same folder as the file.
pub(super) fn is_root(file: &Path) -> bool {
    let name = file.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| ROOTS.contains(&name))
}

/// The place of a module declaration: the file, and the modules around it in the file.
pub(super) struct ModulePlace<'a> {
    pub(super) file: &'a Path,
    pub(super) modules: &'a [String],
}

impl ModulePlace<'_> {
    /// Returns the file in `#[path = "…"]`.
    pub(super) fn file_in_path(&self, item: &ItemMod) -> Option<PathBuf> {
        let path = attrs::all(&item.attrs).iter().find_map(|meta| match meta {
            Meta::NameValue(meta) if meta.path.is_ident("path") => string_literal(&meta.value),
            _ => None,
        })?;
        let folder = self.file.parent()?;
        if self.modules.is_empty() {
            return Some(folder.join(path));
        }
        Some(self.inner_folder()?.join(path))
    }

    /// Returns the paths without an extension at which the file or the folder of `mod name;` can
    /// be, the usual one first.
    pub(super) fn stems(&self, item: &ItemMod) -> Vec<PathBuf> {
        let name = item.ident.unraw().to_string();
        let mut stems = Vec::new();
        stems.extend(self.inner_folder().map(|folder| folder.join(&name)));
        // The root of a program or an example can have any name.
        if !is_root(self.file) && self.modules.is_empty() {
            stems.extend(self.file.parent().map(|folder| folder.join(&name)));
        }
        stems
    }

    /// Returns the folder of the modules inside the current module.
    fn inner_folder(&self) -> Option<PathBuf> {
        let mut folder = self.file.parent()?.to_owned();
        if !is_root(self.file) {
            folder.push(self.file.file_stem()?);
        }
        folder.extend(self.modules);
        Some(folder)
    }
}

/// What `include!` includes.
pub(super) enum Included {
    File(PathBuf),
    /// A file whose path is not a literal.
    Unknown,
}

/// Returns what a macro includes, if the macro is `include!`.
pub(super) fn included(mac: &Macro, file: &Path) -> Option<Included> {
    if !is_last(&mac.path, "include") {
        return None;
    }
    let path = syn::parse2::<Expr>(TokenStream::clone(&mac.tokens));
    let path = path.ok().as_ref().and_then(string_literal);
    Some(match path {
        Some(path) => Included::File(file.parent()?.join(path)),
        None => Included::Unknown,
    })
}
