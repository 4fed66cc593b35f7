//! Converts names of a plan to Rust identifiers.

use std::collections::HashSet;

use heck::{ToSnakeCase as _, ToUpperCamelCase as _};

/// Keywords that cannot be raw identifiers.
const NEVER_RAW: &[&str] = &["crate", "self", "super", "Self", "_"];

/// Names of types that the generated code uses, or that are in the prelude.
const RESERVED_TYPES: &[&str] = &[
    "Box",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Drop",
    "Eq",
    "Err",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "Hash",
    "Into",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Result",
    "Self",
    "Send",
    "Serialize",
    "Some",
    "String",
    "Sync",
    "TrackEvent",
    "Unpin",
    "Vec",
];

/// Returns the name of a type, which no other type has.
pub(super) fn type_name(name: &str, used: &mut HashSet<String>) -> (String, bool) {
    let mut ident = ascii(name).to_upper_camel_case();
    if ident.is_empty() {
        "Unnamed".clone_into(&mut ident);
    }
    if !starts_identifier(&ident) {
        ident.insert(0, 'N');
    }
    if RESERVED_TYPES.contains(&ident.as_str()) {
        ident.push_str("Type");
    }
    unused(&ident, "", used)
}

/// Returns the name of a variant, which no other variant of the enum has.
pub(super) fn variant_name(name: &str, used: &mut HashSet<String>) -> (String, bool) {
    let mut ident = ascii(name).to_upper_camel_case();
    if ident.is_empty() {
        let word = if name.trim().is_empty() {
            "Empty"
        } else {
            "Other"
        };
        word.clone_into(&mut ident);
    }
    if !starts_identifier(&ident) {
        ident.insert(0, 'N');
    }
    if ident == "Self" {
        ident.push_str("Value");
    }
    unused(&ident, "", used)
}

/// Returns the name of a field, which no other field of the struct has. The name is not raw.
pub(super) fn field_name(name: &str, used: &mut HashSet<String>) -> (String, bool) {
    let mut ident = ascii(name).to_snake_case();
    if ident.is_empty() {
        "unnamed".clone_into(&mut ident);
    }
    if !starts_identifier(&ident) {
        ident.insert_str(0, "n_");
    }
    if NEVER_RAW.contains(&ident.as_str()) {
        ident.push_str("_value");
    }
    unused(&ident, "_", used)
}

/// Returns the identifier for a name, as a raw identifier if the name is a keyword.
pub(super) fn ident(name: &str) -> proc_macro2::Ident {
    let span = proc_macro2::Span::call_site();
    if syn::parse_str::<syn::Ident>(name).is_ok() {
        proc_macro2::Ident::new(name, span)
    } else {
        proc_macro2::Ident::new_raw(name, span)
    }
}

/// Replaces every character that is not an ASCII letter or digit with a space. The result has no
/// characters that rustc's lints for identifiers mention.
fn ascii(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { ' ' };
    name.chars().map(plain).collect()
}

fn starts_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// Returns `base`, or the first of `base2`, `base3`, and so on that is not used yet.
fn unused(base: &str, separator: &str, used: &mut HashSet<String>) -> (String, bool) {
    if used.insert(base.to_owned()) {
        return (base.to_owned(), false);
    }
    let mut number = 2_usize;
    loop {
        let name = format!("{base}{separator}{number}");
        if used.insert(name.clone()) {
            return (name, true);
        }
        number += 1;
    }
}
