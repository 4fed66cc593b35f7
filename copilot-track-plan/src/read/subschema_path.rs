//! Paths of schemas inside schemas.

use crate::model::{Step, index_path, member_path};

/// Returns the path of a schema inside the schema at `path`.
pub(super) fn subschema_path(path: &str, keyword: &str, step: Option<Step<'_>>) -> String {
    let path = member_path(path, keyword);
    match step {
        Some(Step::Member(name)) => member_path(&path, name),
        Some(Step::Item(index)) => index_path(&path, index),
        None => path,
    }
}
