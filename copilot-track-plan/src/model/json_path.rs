//! Paths of values inside JSON documents, such as `rules[3].jsonSchema`.

/// Returns the path of the member `name` of the object at `path`.
pub(crate) fn member_path(path: &str, name: &str) -> String {
    let is_plain = name
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '-'))
        && !name.is_empty();
    match (path.is_empty(), is_plain) {
        (true, true) => name.to_owned(),
        (false, true) => format!("{path}.{name}"),
        (_, false) => format!("{path}[{name:?}]"),
    }
}

/// Returns the path of the item at `index` of the list at `path`.
pub(crate) fn index_path(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}
