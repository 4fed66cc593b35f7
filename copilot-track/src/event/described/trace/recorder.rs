//! A deserializer that records what a type asks for.

use std::fmt;
use std::iter::once;

use serde::de::value::{BorrowedStrDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error, IntoDeserializer, Visitor};
use serde_json::{Value, json};

/// The maximum number of types inside each other.
const MAX_DEPTH: usize = 32;

/// What a type has asked for.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// The schema of a single value, a map, or a tuple.
    pub(super) schema: Option<Value>,
    /// The variants of an enum.
    pub(super) variants: Option<&'static [&'static str]>,
    /// The fields of a struct.
    pub(super) fields: Option<&'static [&'static str]>,
    /// The number of lists around the value.
    pub(super) lists: usize,
    /// Whether there is an `Option` around the value, and around all lists.
    pub(super) is_optional: bool,
    depth: usize,
}

/// What a recorder does.
#[derive(Debug, Clone, Copy)]
pub(super) enum Task {
    /// Records the shape.
    Record,
    /// Records the shape of this field of a struct.
    Field(&'static str),
    /// Creates this variant of an enum.
    Create(&'static str),
}

pub(super) struct Recorder<'a> {
    shape: &'a mut Shape,
    task: Task,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(shape: &'a mut Shape, task: Task) -> Self {
        Self { shape, task }
    }

    fn record<T>(self, schema: Value) -> Result<T, Stopped> {
        if matches!(self.task, Task::Record) {
            self.shape.schema = Some(schema);
        }
        Err(Stopped)
    }

    /// Returns an error if the types inside each other have no end.
    fn descend(&mut self) -> Result<(), Stopped> {
        self.shape.depth += 1;
        if self.shape.depth > MAX_DEPTH {
            return Err(Stopped);
        }
        Ok(())
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

    scalars!(deserialize_map => json!({ "type": "object" }));

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
        self.descend()?;
        self.shape.is_optional |= self.shape.lists == 0;
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'static>>(
        mut self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stopped> {
        self.descend()?;
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'static>>(mut self, visitor: V) -> Result<V::Value, Stopped> {
        self.descend()?;
        self.shape.lists += 1;
        visitor.visit_seq(SeqDeserializer::new(once(self)))
    }

    fn deserialize_tuple<V: Visitor<'static>>(self, _: usize, _: V) -> Result<V::Value, Stopped> {
        self.record(json!({ "type": "array" }))
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
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stopped> {
        match self.task {
            Task::Field(field) => {
                self.task = Task::Record;
                let entry = (BorrowedStrDeserializer::new(field), self);
                visitor.visit_map(MapDeserializer::new(once(entry)))
            }
            Task::Record => {
                self.shape.fields = Some(fields);
                Err(Stopped)
            }
            Task::Create(_) => Err(Stopped),
        }
    }

    fn deserialize_enum<V: Visitor<'static>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stopped> {
        match self.task {
            Task::Create(variant) => visitor.visit_enum(BorrowedStrDeserializer::new(variant)),
            Task::Record => {
                self.shape.variants = Some(variants);
                Err(Stopped)
            }
            Task::Field(_) => Err(Stopped),
        }
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
