//! A deserializer that records what a type asks for.

use std::fmt;
use std::iter::once;

use serde::de::value::{BorrowedStrDeserializer, MapDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, Error, Expected, IntoDeserializer, SeqAccess, Visitor,
};
use serde_json::{Value, json};

use super::shape::{Shape, Struct, Wrapper};

/// The maximum number of types inside each other.
const MAX_DEPTH: usize = 32;
/// The maximum number of elements of a list, and of the lists inside it.
const MAX_ELEMENTS: usize = 1_000;

/// What a recorder does with the value at the end of its path.
#[derive(Debug, Clone, Copy)]
pub(super) enum Task {
    /// Records the shape.
    Record,
    /// Creates this variant of an enum.
    Create(&'static str),
}

pub(super) struct Recorder<'a> {
    shape: &'a mut Shape,
    /// The fields of structs that lead to the value.
    path: &'a [&'static str],
    task: Task,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(shape: &'a mut Shape, path: &'a [&'static str], task: Task) -> Self {
        Self { shape, path, task }
    }

    /// Returns whether the shape of the current value is recorded.
    fn is_recording(&self) -> bool {
        self.path.is_empty() && matches!(self.task, Task::Record)
    }

    fn record<T>(self, schema: Value) -> Result<T, Stopped> {
        if self.is_recording() {
            self.shape.schema = Some(schema);
        }
        Err(Stopped)
    }

    /// Enters the value inside another one. Returns an error if the types inside each other have
    /// no end.
    fn descend(&mut self, wrapper: Option<Wrapper>) -> Result<(), Stopped> {
        self.shape.depth += 1;
        if self.shape.depth > MAX_DEPTH {
            return Err(Stopped);
        }
        self.shape.wrappers.extend(wrapper);
        Ok(())
    }

    /// Enters a list with `len` equal elements.
    fn list<V: Visitor<'static>>(mut self, len: usize, visitor: V) -> Result<V::Value, Stopped> {
        self.descend(Some(Wrapper::List))?;
        visitor.visit_seq(EqualElements {
            recorder: self,
            remaining: len,
        })
    }
}

impl IntoDeserializer<'static, Stopped> for Recorder<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! scalars {
    ($($method:ident)* => $schema:expr) => {$(
        fn $method<V: Visitor<'static>>(self, _: V) -> Result<V::Value, Stopped> {
            self.record($schema)
        }
    )*};
}

impl Deserializer<'static> for Recorder<'_> {
    type Error = Stopped;

    scalars!(deserialize_bool => json!({ "type": "boolean" }));

    scalars!(
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        => json!({ "type": "integer" })
    );

    scalars!(deserialize_f32 deserialize_f64 => json!({ "type": "number" }));

    scalars!(
        deserialize_char deserialize_str deserialize_string deserialize_identifier
        => json!({ "type": "string" })
    );

    scalars!(
        deserialize_bytes deserialize_byte_buf
        => json!({ "type": "array", "items": { "type": "integer" } })
    );

    fn deserialize_map<V: Visitor<'static>>(mut self, visitor: V) -> Result<V::Value, Stopped> {
        self.descend(Some(Wrapper::Map))?;
        let entry = (BorrowedStrDeserializer::new("0"), self);
        visitor.visit_map(MapDeserializer::new(once(entry)))
    }

    fn deserialize_any<V: Visitor<'static>>(self, _: V) -> Result<V::Value, Stopped> {
        Err(Stopped)
    }

    fn deserialize_ignored_any<V: Visitor<'static>>(self, _: V) -> Result<V::Value, Stopped> {
        Err(Stopped)
    }

    fn deserialize_unit<V: Visitor<'static>>(self, _: V) -> Result<V::Value, Stopped> {
        Err(Stopped)
    }

    fn deserialize_unit_struct<V: Visitor<'static>>(
        self,
        _: &'static str,
        _: V,
    ) -> Result<V::Value, Stopped> {
        Err(Stopped)
    }

    fn deserialize_option<V: Visitor<'static>>(mut self, visitor: V) -> Result<V::Value, Stopped> {
        self.descend(Some(Wrapper::Option))?;
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'static>>(
        mut self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stopped> {
        self.descend(None)?;
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, Stopped> {
        self.list(1, visitor)
    }

    fn deserialize_tuple<V: Visitor<'static>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Stopped> {
        let expected: &dyn Expected = &visitor;
        let expected = expected.to_string();
        if expected.starts_with("an array of length") {
            // An array is created only if it gets all its elements.
            return self.list(len, visitor);
        }
        if expected.starts_with("a tuple of size") {
            // The elements can have different types.
            return self.record(json!({ "type": "array" }));
        }
        // Dates of some libraries are tuples, too, and are sent as text.
        Err(Stopped)
    }

    fn deserialize_tuple_struct<V: Visitor<'static>>(
        self,
        _: &'static str,
        _: usize,
        _: V,
    ) -> Result<V::Value, Stopped> {
        self.record(json!({ "type": "array" }))
    }

    fn deserialize_struct<V: Visitor<'static>>(
        mut self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stopped> {
        if let Some((field, path)) = self.path.split_first() {
            self.path = path;
            self.shape.wrappers.clear();
            let entry = (BorrowedStrDeserializer::new(field), self);
            return visitor.visit_map(MapDeserializer::new(once(entry)));
        }
        if self.is_recording() {
            self.shape.structure = Some(Struct { name, fields });
        }
        Err(Stopped)
    }

    fn deserialize_enum<V: Visitor<'static>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stopped> {
        match self.task {
            _ if !self.path.is_empty() => Err(Stopped),
            Task::Create(variant) => {
                let created = visitor.visit_enum(BorrowedStrDeserializer::new(variant));
                self.shape.is_created = created.is_ok();
                created
            }
            Task::Record => {
                self.shape.variants = Some(variants);
                Err(Stopped)
            }
        }
    }
}

/// The elements of a list. All of them are the value that the recorder creates.
struct EqualElements<'a> {
    recorder: Recorder<'a>,
    remaining: usize,
}

impl SeqAccess<'static> for EqualElements<'_> {
    type Error = Stopped;

    fn next_element_seed<S: DeserializeSeed<'static>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Stopped> {
        let Some(remaining) = self.remaining.checked_sub(1) else {
            return Ok(None);
        };
        self.remaining = remaining;
        let Recorder { shape, path, task } = &mut self.recorder;
        shape.elements += 1;
        if shape.elements > MAX_ELEMENTS {
            return Err(Stopped);
        }
        let depth = shape.depth;
        let element = seed.deserialize(Recorder::new(shape, path, *task))?;
        shape.depth = depth;
        Ok(Some(element))
    }
}

/// The error with which a recorder stops.
#[derive(Debug)]
pub(super) struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the shape is known")
    }
}

impl std::error::Error for Stopped {}

impl Error for Stopped {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}
