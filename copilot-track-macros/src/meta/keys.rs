//! Reports unknown and duplicate keys.

use crate::{
    error::Errors,
    meta::list::Arg,
    suggest::{closest_match, quoted_list},
};

/// Returns the error for a `key` that is not one of `keys`. `place` describes where the key was
/// found.
pub(crate) fn unknown_key(key: &str, keys: &[&str], place: &str) -> String {
    let known = quoted_list(keys, "or");
    match closest_match(key, keys) {
        Some(near) => format!(
            "unknown argument `{key}` {place}; did you mean `{near}`? (expected one of {known})"
        ),
        None => format!("unknown argument `{key}` {place}; expected one of {known}"),
    }
}

/// Returns whether the key of `arg` was seen before. If it was, reports the duplicate; otherwise,
/// adds the key to `seen`.
pub(crate) fn is_duplicate(arg: &Arg, seen: &mut Vec<String>, errors: &mut Errors) -> bool {
    let name = arg.name();
    if seen.contains(&name) {
        errors.error_at(arg.span(), format!("duplicate argument `{name}`"));
        return true;
    }
    seen.push(name);
    false
}
