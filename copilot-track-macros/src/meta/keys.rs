//! Keys that are unknown or given twice.

use crate::{
    error::Errors,
    meta::list::Arg,
    suggest::{closest_match, quoted_list},
};

/// `key` is nowhere an argument.
pub(crate) fn unknown_key(key: &str, keys: &[&str], place: &str) -> String {
    let known = quoted_list(keys);
    match closest_match(key, keys) {
        Some(near) => {
            format!("unknown argument `{key}`: did you mean `{near}`? ({place} takes {known})")
        }
        None => format!("unknown argument `{key}`: {place} takes {known}"),
    }
}

pub(crate) fn is_duplicate(arg: &Arg, seen: &mut Vec<String>, errors: &mut Errors) -> bool {
    let name = arg.name();
    if seen.contains(&name) {
        errors.error_at(arg.span(), format!("`{name}` is given twice"));
        return true;
    }
    seen.push(name);
    false
}
