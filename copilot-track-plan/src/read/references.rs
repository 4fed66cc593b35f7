//! Checks that references exist and do not form cycles.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::subschema_path::subschema_path;
use crate::error::PlanError;
use crate::model::{member_path, resolve, subschemas};

/// The largest number of schemas and references on a path through a schema.
const MAX_DEPTH: usize = 256;

/// Checks the references of a schema.
pub(super) fn check(schema: &Value, path: &str) -> Result<(), PlanError> {
    let Value::Object(root) = schema else {
        return Ok(());
    };
    let mut walk = Walk {
        root,
        open: HashSet::new(),
        done: HashSet::new(),
        depth: 0,
    };
    walk.visit(root, path)
}

struct Walk<'a> {
    root: &'a Map<String, Value>,
    /// The schemas between the root and the current one, by address.
    open: HashSet<*const Map<String, Value>>,
    /// The schemas that have been visited.
    done: HashSet<*const Map<String, Value>>,
    depth: usize,
}

impl<'a> Walk<'a> {
    fn visit(&mut self, schema: &'a Map<String, Value>, path: &str) -> Result<(), PlanError> {
        let address = std::ptr::from_ref(schema);
        if self.done.contains(&address) {
            return Ok(());
        }
        if self.depth == MAX_DEPTH {
            let message =
                format!("schemas and references are nested more than {MAX_DEPTH} levels deep");
            return Err(PlanError::new(path, message));
        }
        if !self.open.insert(address) {
            let message = "the reference leads back to a schema that contains it; Segment does not validate such \
                           schemas, so write out the levels that you need";
            return Err(PlanError::new(path, message));
        }
        self.depth += 1;
        let mut result = self.follow(schema, path);
        subschemas(schema, |keyword, step, value| {
            if result.is_ok()
                && let Value::Object(schema) = value
            {
                result = self.visit(schema, &subschema_path(path, keyword, step));
            }
        });
        self.depth -= 1;
        self.open.remove(&address);
        self.done.insert(address);
        result
    }

    /// Visits the schema to which `$ref` points.
    fn follow(&mut self, schema: &'a Map<String, Value>, path: &str) -> Result<(), PlanError> {
        let Some(Value::String(reference)) = schema.get("$ref") else {
            return Ok(());
        };
        let path = member_path(path, "$ref");
        if reference == "#" {
            return self.visit(self.root, &path);
        }
        if !reference.starts_with("#/") {
            let message = format!(
                "the reference `{reference}` points to another document; copy the schema into `definitions`, and write \
                 `#/definitions/…`"
            );
            return Err(PlanError::new(path, message));
        }
        match resolve(reference, self.root) {
            Some(Value::Object(target)) => self.visit(target, &path),
            Some(_) => Ok(()),
            None => {
                let message = format!("the reference `{reference}` points to nothing");
                Err(PlanError::new(path, message))
            }
        }
    }
}
