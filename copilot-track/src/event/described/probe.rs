//! What a type tells about the JSON of its values.
//!
//! A derive macro does not know which traits the type of a field implements, but method resolution
//! does. For `(&TypeProbe::<T>::NEW).probe()`, it finds the inherent method if the type has a JSON
//! schema, or else the method of [`TracedType`] if values of the type can be deserialized.
//! Otherwise, it takes another reference and finds the method of [`OtherType`].

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use crate::event::described::probed_type::ProbedType;
use crate::event::described::trace::trace;

/// The type of a field.
pub struct TypeProbe<T: ?Sized>(PhantomData<fn() -> Box<T>>);

impl<T: ?Sized> TypeProbe<T> {
    /// The probe.
    pub const NEW: Self = Self(PhantomData);
}

impl<T: ?Sized> fmt::Debug for TypeProbe<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypeProbe")
    }
}

#[cfg(feature = "schemars")]
impl<T: schemars::JsonSchema + ?Sized> TypeProbe<T> {
    /// Returns the JSON schema of the type.
    #[must_use]
    pub fn probe(&self) -> ProbedType {
        crate::event::described::schemars::schema_of::<T>()
    }
}

/// A type whose values can be deserialized.
pub trait TracedType {
    /// Returns the schema.
    fn probe(&self) -> ProbedType;
}

// With a bound on all lifetimes, a type that borrows from its input would pass method resolution
// and then fail to compile.
impl<T: Serialize + Deserialize<'static>> TracedType for TypeProbe<T> {
    fn probe(&self) -> ProbedType {
        trace::<T>()
    }
}

/// Any other type.
pub trait OtherType {
    /// Returns no schema.
    fn probe(&self) -> ProbedType;
}

impl<T: ?Sized> OtherType for &TypeProbe<T> {
    fn probe(&self) -> ProbedType {
        ProbedType::default()
    }
}
