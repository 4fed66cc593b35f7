//! Compiled schemas.

use std::collections::{HashMap, HashSet};

use regex_lite::Regex;
use serde_json::{Number, Value};

use super::formats::Format;
use crate::model::Types;

/// The index of a node.
pub(super) type NodeId = usize;

/// A compiled schema.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) types: Types,
    pub(super) required: Vec<Box<str>>,
    pub(super) properties: HashMap<Box<str>, NodeId>,
    pub(super) additional: Additional,
    /// The names of the properties that the schema and the schemas beside it declare. `None` if any
    /// name is planned.
    pub(super) declared: Option<HashSet<Box<str>>>,
    pub(super) items: Items,
    pub(super) values: Option<Vec<Value>>,
    /// Rarely used keywords.
    pub(super) rare: Option<Box<Rare>>,
}

/// What the schema says about properties that it does not list.
#[derive(Debug, Clone, Copy)]
pub(super) enum Additional {
    /// Nothing.
    Unspecified,
    Allowed,
    Denied,
    Schema(NodeId),
}

#[derive(Debug)]
pub(super) enum Items {
    Any,
    All(NodeId),
    /// One schema for each item, and one for the remaining items.
    Each(Vec<NodeId>, Option<NodeId>),
}

/// Keywords that few schemas use.
#[derive(Debug, Default)]
pub(super) struct Rare {
    pub(super) pattern: Option<(String, Regex)>,
    pub(super) format: Option<Format>,
    pub(super) min_length: Option<u64>,
    pub(super) max_length: Option<u64>,
    pub(super) minimum: Option<Number>,
    pub(super) maximum: Option<Number>,
    pub(super) exclusive_minimum: Option<Number>,
    pub(super) exclusive_maximum: Option<Number>,
    pub(super) multiple_of: Option<f64>,
    pub(super) min_items: Option<u64>,
    pub(super) max_items: Option<u64>,
    pub(super) unique_items: bool,
    pub(super) min_properties: Option<u64>,
    pub(super) max_properties: Option<u64>,
    pub(super) pattern_properties: Vec<(Regex, NodeId)>,
    pub(super) property_names: Option<NodeId>,
    pub(super) contains: Option<NodeId>,
    pub(super) dependencies: Vec<(Box<str>, Dependency)>,
    pub(super) all_of: Vec<NodeId>,
    pub(super) any_of: Vec<NodeId>,
    pub(super) one_of: Vec<NodeId>,
    pub(super) not: Option<NodeId>,
    pub(super) condition: Option<(NodeId, Option<NodeId>, Option<NodeId>)>,
    /// Whether no value is valid (`false` as a schema).
    pub(super) is_never: bool,
}

#[derive(Debug)]
pub(super) enum Dependency {
    Names(Vec<Box<str>>),
    Schema(NodeId),
}
