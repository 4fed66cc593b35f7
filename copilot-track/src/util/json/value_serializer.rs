//! A serializer that writes strings itself and passes everything else to `serde_json`.

use serde::ser::{Serialize, Serializer};
use serde_json::Error;

use crate::util::json::depth::DepthLimit;
use crate::util::json::string::string;

type JsonSerializer<'b> = serde_json::Serializer<&'b mut Vec<u8>, DepthLimit<'b>>;
type Compound<'a, 'b> = serde_json::ser::Compound<'a, &'b mut Vec<u8>, DepthLimit<'b>>;

/// A serializer that appends a value as JSON.
///
/// Most values are strings, which [`string`] writes faster than `serde_json` does.
pub(super) struct ValueSerializer<'a, 'b> {
    pub(super) out: &'b mut Vec<u8>,
    pub(super) limit: DepthLimit<'b>,
    /// Stores the serializer of a value that is not a string. The serializers of its parts borrow
    /// from this slot.
    pub(super) slot: &'a mut Option<JsonSerializer<'b>>,
}

impl<'a, 'b> ValueSerializer<'a, 'b> {
    #[inline]
    fn json(self) -> &'a mut JsonSerializer<'b> {
        let json = serde_json::Serializer::with_formatter(self.out, self.limit);
        self.slot.insert(json)
    }
}

macro_rules! forward {
    ($($method:ident($($name:ident: $argument:ty),*) -> $ok:ty;)*) => {$(
        #[inline]
        fn $method(self, $($name: $argument),*) -> Result<$ok, Error> {
            self.json().$method($($name),*)
        }
    )*};
}

impl<'a, 'b> Serializer for ValueSerializer<'a, 'b> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Compound<'a, 'b>;
    type SerializeTuple = Compound<'a, 'b>;
    type SerializeTupleStruct = Compound<'a, 'b>;
    type SerializeTupleVariant = Compound<'a, 'b>;
    type SerializeMap = Compound<'a, 'b>;
    type SerializeStruct = Compound<'a, 'b>;
    type SerializeStructVariant = Compound<'a, 'b>;

    #[inline]
    fn serialize_str(self, text: &str) -> Result<(), Error> {
        string(text, self.out);
        Ok(())
    }

    #[inline]
    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Error> {
        self.serialize_str(variant)
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.json()
            .serialize_newtype_variant(name, index, variant, value)
    }

    forward! {
        serialize_bool(value: bool) -> ();
        serialize_i8(value: i8) -> ();
        serialize_i16(value: i16) -> ();
        serialize_i32(value: i32) -> ();
        serialize_i64(value: i64) -> ();
        serialize_i128(value: i128) -> ();
        serialize_u8(value: u8) -> ();
        serialize_u16(value: u16) -> ();
        serialize_u32(value: u32) -> ();
        serialize_u64(value: u64) -> ();
        serialize_u128(value: u128) -> ();
        serialize_f32(value: f32) -> ();
        serialize_f64(value: f64) -> ();
        serialize_char(value: char) -> ();
        serialize_bytes(value: &[u8]) -> ();
        serialize_none() -> ();
        serialize_unit() -> ();
        serialize_unit_struct(name: &'static str) -> ();
        serialize_seq(len: Option<usize>) -> Compound<'a, 'b>;
        serialize_tuple(len: usize) -> Compound<'a, 'b>;
        serialize_tuple_struct(name: &'static str, len: usize) -> Compound<'a, 'b>;
        serialize_tuple_variant(
            name: &'static str, index: u32, variant: &'static str, len: usize
        ) -> Compound<'a, 'b>;
        serialize_map(len: Option<usize>) -> Compound<'a, 'b>;
        serialize_struct(name: &'static str, len: usize) -> Compound<'a, 'b>;
        serialize_struct_variant(
            name: &'static str, index: u32, variant: &'static str, len: usize
        ) -> Compound<'a, 'b>;
    }
}
