//! Parses the JSON of a plan. A key that occurs twice in one object is an error, because parsers
//! disagree about which value counts.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::error::PlanError;
use crate::model::{index_path, member_path};

/// The start of a file in the language of Terraform.
const TERRAFORM: [&str; 5] = [
    "resource \"",
    "terraform {",
    "provider \"",
    "module \"",
    "locals {",
];

/// Parses the text of a plan.
pub(super) fn parse(text: &str) -> Result<Value, PlanError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // `serde_json` rejects values that are nested more than 127 levels deep.
    let value = serde_json::from_str(text).map_err(|error| {
        if is_terraform(text) {
            terraform()
        } else {
            PlanError::with_source("the plan is not valid JSON", error)
        }
    })?;
    let duplicate = RefCell::new(None);
    let root = UniqueKeys {
        path: String::new(),
        duplicate: &duplicate,
    };
    // The only error is the first duplicate, because the text is valid JSON.
    let _ = root.deserialize(&mut serde_json::Deserializer::from_str(text));
    match duplicate.into_inner() {
        None => Ok(value),
        Some(path) => Err(PlanError::new(
            path,
            "the key occurs twice in one object; remove one of them",
        )),
    }
}

/// Returns the error about a file of Terraform.
pub(super) fn terraform() -> PlanError {
    PlanError::new(
        "",
        "this is a Terraform configuration, which cannot be read; download the rules of the plan from \
         `/tracking-plans/{id}/rules` of Segment's Public API",
    )
}

fn is_terraform(text: &str) -> bool {
    text.lines()
        .map(str::trim_start)
        .any(|line| TERRAFORM.iter().any(|start| line.starts_with(start)))
}

/// Looks for keys that occur twice in one object.
struct UniqueKeys<'a> {
    path: String,
    /// The path of the first key that occurs twice.
    duplicate: &'a RefCell<Option<String>>,
}

impl<'de> DeserializeSeed<'de> for UniqueKeys<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for UniqueKeys<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        for index in 0.. {
            let item = UniqueKeys {
                path: index_path(&self.path, index),
                duplicate: self.duplicate,
            };
            if items.next_element_seed(item)?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = entries.next_key::<String>()? {
            let path = member_path(&self.path, &name);
            if !names.insert(name) {
                self.duplicate.replace(Some(path));
                return Err(A::Error::custom("duplicate key"));
            }
            entries.next_value_seed(UniqueKeys {
                path,
                duplicate: self.duplicate,
            })?;
        }
        Ok(())
    }
}
