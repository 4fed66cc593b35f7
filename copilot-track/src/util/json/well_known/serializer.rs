//! A serializer that converts the values of well-known types inside another value.

use std::any::type_name;
use std::fmt;

use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::kind::{WellKnown, replacement};

/// A value to serialize. If it or a value inside it has a well-known type, the value is converted.
pub(crate) struct Converted<'a, T: ?Sized>(pub(crate) &'a T);

impl<T: Serialize + ?Sized> Serialize for Converted<'_, T> {
    #[inline]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(kind) = WellKnown::of(type_name::<T>())
            && let Some(json) = convert(kind, self.0)
        {
            return json.serialize(serializer);
        }
        self.0.serialize(WellKnownSerializer::new(serializer))
    }
}

/// Returns the JSON that replaces a value of a well-known type. Returns `None` if the value has
/// another form than expected, or fails to serialize.
#[cold]
fn convert<T: Serialize + ?Sized>(kind: WellKnown, value: &T) -> Option<Box<RawValue>> {
    let mut json = Vec::new();
    let serializer = &mut serde_json::Serializer::new(&mut json);
    value
        .serialize(WellKnownSerializer::compact(serializer))
        .ok()?;
    replacement(kind, &json)
}

/// Forwards to another serializer, and wraps each nested value in [`Converted`].
struct WellKnownSerializer<S> {
    inner: S,
    is_human_readable: bool,
}

impl<S: Serializer> WellKnownSerializer<S> {
    #[inline]
    fn new(inner: S) -> Self {
        Self {
            is_human_readable: inner.is_human_readable(),
            inner,
        }
    }

    /// Creates a serializer to which some libraries write numbers instead of text.
    fn compact(inner: S) -> Self {
        Self {
            is_human_readable: false,
            inner,
        }
    }
}

macro_rules! forward {
    ($($method:ident($($name:ident: $argument:ty),*);)*) => {$(
        #[inline]
        fn $method(self, $($name: $argument),*) -> Result<S::Ok, S::Error> {
            self.inner.$method($($name),*)
        }
    )*};
}

macro_rules! forward_container {
    ($($method:ident($($name:ident: $argument:ty),*) -> $container:ident;)*) => {$(
        #[inline]
        fn $method(self, $($name: $argument),*) -> Result<Self::$container, S::Error> {
            self.inner.$method($($name),*).map(Container)
        }
    )*};
}

impl<S: Serializer> Serializer for WellKnownSerializer<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Container<S::SerializeSeq>;
    type SerializeTuple = Container<S::SerializeTuple>;
    type SerializeTupleStruct = Container<S::SerializeTupleStruct>;
    type SerializeTupleVariant = Container<S::SerializeTupleVariant>;
    type SerializeMap = Container<S::SerializeMap>;
    type SerializeStruct = Container<S::SerializeStruct>;
    type SerializeStructVariant = Container<S::SerializeStructVariant>;

    forward! {
        serialize_bool(value: bool);
        serialize_i8(value: i8);
        serialize_i16(value: i16);
        serialize_i32(value: i32);
        serialize_i64(value: i64);
        serialize_i128(value: i128);
        serialize_u8(value: u8);
        serialize_u16(value: u16);
        serialize_u32(value: u32);
        serialize_u64(value: u64);
        serialize_u128(value: u128);
        serialize_f32(value: f32);
        serialize_f64(value: f64);
        serialize_char(value: char);
        serialize_str(value: &str);
        serialize_bytes(value: &[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(name: &'static str);
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str);
    }

    forward_container! {
        serialize_seq(len: Option<usize>) -> SerializeSeq;
        serialize_tuple(len: usize) -> SerializeTuple;
        serialize_tuple_struct(name: &'static str, len: usize) -> SerializeTupleStruct;
        serialize_tuple_variant(name: &'static str, index: u32, variant: &'static str, len: usize)
            -> SerializeTupleVariant;
        serialize_map(len: Option<usize>) -> SerializeMap;
        serialize_struct(name: &'static str, len: usize) -> SerializeStruct;
        serialize_struct_variant(name: &'static str, index: u32, variant: &'static str, len: usize)
            -> SerializeStructVariant;
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.serialize_some(&Converted(value))
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.inner.serialize_newtype_struct(name, &Converted(value))
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.inner
            .serialize_newtype_variant(name, index, variant, &Converted(value))
    }

    #[inline]
    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.collect_str(value)
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        self.is_human_readable
    }
}

/// The serializer of a container.
struct Container<C>(C);

macro_rules! containers {
    ($($container:ident $method:ident($($key:ident: $argument:ty)?) $($skip:ident)?;)*) => {$(
        impl<C: $container> $container for Container<C> {
            type Ok = C::Ok;
            type Error = C::Error;

            #[inline]
            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($key: $argument,)?
                value: &T,
            ) -> Result<(), C::Error> {
                self.0.$method($($key,)? &Converted(value))
            }

            $(
                #[inline]
                fn $skip(&mut self, key: &'static str) -> Result<(), C::Error> {
                    self.0.$skip(key)
                }
            )?

            #[inline]
            fn end(self) -> Result<C::Ok, C::Error> {
                self.0.end()
            }
        }
    )*};
}

containers! {
    SerializeSeq serialize_element();
    SerializeTuple serialize_element();
    SerializeTupleStruct serialize_field();
    SerializeTupleVariant serialize_field();
    SerializeStruct serialize_field(key: &'static str) skip_field;
    SerializeStructVariant serialize_field(key: &'static str) skip_field;
}

impl<C: SerializeMap> SerializeMap for Container<C> {
    type Ok = C::Ok;
    type Error = C::Error;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), C::Error> {
        self.0.serialize_key(key)
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        self.0.serialize_value(&Converted(value))
    }

    #[inline]
    fn serialize_entry<K: Serialize + ?Sized, V: Serialize + ?Sized>(
        &mut self,
        key: &K,
        value: &V,
    ) -> Result<(), C::Error> {
        self.0.serialize_entry(key, &Converted(value))
    }

    #[inline]
    fn end(self) -> Result<C::Ok, C::Error> {
        self.0.end()
    }
}
