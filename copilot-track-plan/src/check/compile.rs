//! Compiles schemas, so that checking an event reads no JSON Schema.

use std::collections::HashMap;

use regex_lite::Regex;
use serde_json::{Map, Value};

use super::declared;
use super::formats::Format;
use super::node::{Additional, Dependency, Items, Node, NodeId, Rare};
use crate::model::{Schema, Types, resolve};

/// The largest number of nodes of one rule. A larger schema is cut: its innermost schemas allow
/// every value.
const MAX_NODES: usize = 100_000;
/// The deepest nesting of schemas. See [`MAX_NODES`].
const MAX_DEPTH: usize = 256;

/// Compiles the schema of a rule. Returns the index of its root.
pub(super) fn compile(schema: &Map<String, Value>, nodes: &mut Vec<Node>) -> NodeId {
    let mut compiler = Compiler {
        root: schema,
        first: nodes.len(),
        nodes,
        by_address: HashMap::new(),
        depth: 0,
    };
    compiler.object(schema)
}

struct Compiler<'a> {
    root: &'a Map<String, Value>,
    first: usize,
    nodes: &'a mut Vec<Node>,
    /// The nodes of schemas to which references point, by address.
    by_address: HashMap<*const Map<String, Value>, NodeId>,
    depth: usize,
}

impl<'a> Compiler<'a> {
    fn any(&mut self, schema: &'a Value) -> NodeId {
        match schema {
            Value::Object(schema) => self.object(schema),
            Value::Bool(false) => {
                let mut node = empty();
                node.rare = Some(Box::new(Rare {
                    is_never: true,
                    ..Rare::default()
                }));
                self.push(node)
            }
            _ => self.push(empty()),
        }
    }

    fn push(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn object(&mut self, schema: &'a Map<String, Value>) -> NodeId {
        // In draft-07, the keywords next to `$ref` have no meaning.
        let target = schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| resolve(reference, self.root));
        let is_too_large = self.depth == MAX_DEPTH || self.nodes.len() - self.first >= MAX_NODES;
        let address = std::ptr::from_ref(schema);
        if let Some(id) = self.by_address.get(&address) {
            return *id;
        }
        if is_too_large {
            return self.push(empty());
        }
        self.depth += 1;
        let id = if let Some(target) = target {
            self.any(target)
        } else {
            let id = self.push(empty());
            let node = self.node(schema);
            if let Some(place) = self.nodes.get_mut(id) {
                *place = node;
            }
            id
        };
        self.depth -= 1;
        self.by_address.insert(address, id);
        id
    }

    fn node(&mut self, schema: &'a Map<String, Value>) -> Node {
        let get = |name: &str| schema.get(name);
        let mut node = empty();
        node.types = types(schema);
        node.required = names(get("required"));
        if let Some(Value::Object(properties)) = get("properties") {
            let properties = properties.iter();
            node.properties = properties
                .map(|(name, schema)| (name.as_str().into(), self.any(schema)))
                .collect();
        }
        node.additional = match get("additionalProperties") {
            None => Additional::Unspecified,
            Some(Value::Bool(false)) => Additional::Denied,
            Some(Value::Object(schema)) => Additional::Schema(self.object(schema)),
            Some(_) => Additional::Allowed,
        };
        node.declared = declared::names(schema, self.root);
        node.items = match get("items") {
            Some(Value::Array(items)) => {
                let items = items.iter().map(|schema| self.any(schema)).collect();
                let rest = get("additionalItems").map(|schema| self.any(schema));
                Items::Each(items, rest)
            }
            Some(schema) => Items::All(self.any(schema)),
            None => Items::Any,
        };
        node.values = match (get("enum"), get("const")) {
            (Some(Value::Array(values)), None) => Some(values.clone()),
            (Some(Value::Array(values)), Some(only)) if !values.contains(only) => Some(Vec::new()),
            (_, Some(only)) => Some(vec![only.clone()]),
            _ => None,
        };
        node.rare = self.rare(schema);
        node
    }

    fn rare(&mut self, schema: &'a Map<String, Value>) -> Option<Box<Rare>> {
        let get = |name: &str| schema.get(name);
        let number = |name: &str| match get(name) {
            Some(Value::Number(number)) => Some(number.clone()),
            _ => None,
        };
        let count = |name: &str| get(name).and_then(Value::as_u64);
        let mut rare = Rare {
            // A pattern that is not supported accepts every string.
            pattern: get("pattern").and_then(Value::as_str).and_then(|pattern| {
                let regex = Regex::new(pattern).ok()?;
                Some((pattern.to_owned(), regex))
            }),
            format: get("format")
                .and_then(Value::as_str)
                .and_then(Format::named),
            min_length: count("minLength"),
            max_length: count("maxLength"),
            minimum: number("minimum"),
            maximum: number("maximum"),
            exclusive_minimum: number("exclusiveMinimum"),
            exclusive_maximum: number("exclusiveMaximum"),
            multiple_of: get("multipleOf")
                .and_then(Value::as_f64)
                .filter(|n| *n > 0.0),
            min_items: count("minItems"),
            max_items: count("maxItems"),
            unique_items: get("uniqueItems") == Some(&Value::Bool(true)),
            min_properties: count("minProperties"),
            max_properties: count("maxProperties"),
            ..Rare::default()
        };
        if let Some(Value::Object(patterns)) = get("patternProperties") {
            for (pattern, schema) in patterns {
                if let Ok(regex) = Regex::new(pattern) {
                    rare.pattern_properties.push((regex, self.any(schema)));
                }
            }
        }
        rare.property_names = get("propertyNames").map(|schema| self.any(schema));
        rare.contains = get("contains").map(|schema| self.any(schema));
        rare.not = get("not").map(|schema| self.any(schema));
        rare.all_of = self.list(get("allOf"));
        rare.any_of = self.list(get("anyOf"));
        rare.one_of = self.list(get("oneOf"));
        if let Some(condition) = get("if") {
            let condition = self.any(condition);
            let then = get("then").map(|schema| self.any(schema));
            let otherwise = get("else").map(|schema| self.any(schema));
            rare.condition = Some((condition, then, otherwise));
        }
        if let Some(Value::Object(dependencies)) = get("dependencies") {
            for (name, dependency) in dependencies {
                let dependency = match dependency {
                    Value::Array(_) => Dependency::Names(names(Some(dependency))),
                    schema => Dependency::Schema(self.any(schema)),
                };
                rare.dependencies.push((name.as_str().into(), dependency));
            }
        }
        (!rare.is_empty()).then(|| Box::new(rare))
    }

    fn list(&mut self, schemas: Option<&'a Value>) -> Vec<NodeId> {
        let schemas = schemas.and_then(Value::as_array).into_iter().flatten();
        schemas.map(|schema| self.any(schema)).collect()
    }
}

impl Rare {
    fn is_empty(&self) -> bool {
        let counts = [
            self.min_length,
            self.max_length,
            self.min_items,
            self.max_items,
            self.min_properties,
            self.max_properties,
        ];
        let numbers = [
            &self.minimum,
            &self.maximum,
            &self.exclusive_minimum,
            &self.exclusive_maximum,
        ];
        let lists = [&self.all_of, &self.any_of, &self.one_of];
        let nodes = [self.property_names, self.contains, self.not];
        counts.iter().all(Option::is_none)
            && numbers.iter().all(|number| number.is_none())
            && lists.iter().all(|list| list.is_empty())
            && nodes.iter().all(Option::is_none)
            && self.pattern.is_none()
            && self.format.is_none()
            && self.multiple_of.is_none()
            && !self.unique_items
            && self.pattern_properties.is_empty()
            && self.dependencies.is_empty()
            && self.condition.is_none()
            && !self.is_never
    }
}

/// Returns a node that accepts every value.
fn empty() -> Node {
    Node {
        types: Types::ANY,
        required: Vec::new(),
        properties: HashMap::new(),
        additional: Additional::Unspecified,
        declared: None,
        items: Items::Any,
        values: None,
        rare: None,
    }
}

/// Returns the types of `type` alone. The values of `enum` are compared themselves.
fn types(schema: &Map<String, Value>) -> Types {
    if schema.get("type").is_none() {
        Types::ANY
    } else {
        let value = Value::Object(Map::from_iter(
            schema
                .get_key_value("type")
                .map(|(name, value)| (name.clone(), value.clone())),
        ));
        Schema::new(&value, &Map::new()).types()
    }
}

fn names(value: Option<&Value>) -> Vec<Box<str>> {
    let names = value.and_then(Value::as_array).into_iter().flatten();
    names
        .filter_map(|name| Some(name.as_str()?.into()))
        .collect()
}
