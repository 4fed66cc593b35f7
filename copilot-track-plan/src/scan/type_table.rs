//! The types that the sources define.

use std::collections::HashMap;

use syn::ext::IdentExt as _;
use syn::{ItemEnum, ItemStruct, Path, Type};

/// A type that the sources define.
pub(super) enum Definition {
    Struct(Box<ItemStruct>),
    Enum(Box<ItemEnum>),
    Alias(Box<Type>),
}

/// The types that the sources define, by name. A name with several definitions is ambiguous.
#[derive(Default)]
pub(super) struct TypeTable(HashMap<String, Option<Definition>>);

impl TypeTable {
    pub(super) fn add(&mut self, name: String, definition: Definition) {
        self.0
            .entry(name)
            .and_modify(|known| *known = None)
            .or_insert(Some(definition));
    }

    /// Returns the definition of the type at the end of a path.
    pub(super) fn get(&self, path: &Path) -> Option<&Definition> {
        let name = path.segments.last()?.ident.unraw().to_string();
        self.0.get(&name)?.as_ref()
    }
}
