//! Rejects flattened fields that can never be flattened.
//!
//! A derive macro does not know whether a field is a map or a struct, but method resolution finds
//! the types that are neither. For `(&&FlattenProbe(&field)).entries()`, it finds the method of
//! [`SingleFlattened`] if the type of the field implements [`NotEntries`]. Otherwise, it
//! dereferences once more and finds the method of [`AnyFlattened`].

use std::borrow::Cow;
use std::collections::{BTreeSet, BinaryHeap, HashSet, LinkedList, VecDeque};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// A type whose values are neither maps nor structs with named fields.
pub trait NotEntries {}

macro_rules! not_entries {
    ($([$($generics:tt)*] $ty:ty;)*) => {$( impl<$($generics)*> NotEntries for $ty {} )*};
}

macro_rules! single_values {
    ($($ty:ty)*) => {$( impl NotEntries for $ty {} )*};
}

single_values!(
    bool char str String Cow<'_, str> Duration SystemTime f32 f64 i8 i16 i32 i64 i128 isize u8 u16
    u32 u64 u128 usize
);

not_entries! {
    [T: NotEntries + ?Sized] &T;
    [T: NotEntries + ?Sized] &mut T;
    [T: NotEntries + ?Sized] Box<T>;
    [T: NotEntries + ?Sized] Rc<T>;
    [T: NotEntries + ?Sized] Arc<T>;
    [T: NotEntries] Option<T>;
    [T] Vec<T>;
    [T] VecDeque<T>;
    [T] LinkedList<T>;
    [T] BTreeSet<T>;
    [T] BinaryHeap<T>;
    [T, S] HashSet<T, S>;
    [T] [T];
    [T, const N: usize] [T; N];
    [A, B] (A, B);
    [A, B, C] (A, B, C);
}

/// A field to flatten.
#[derive(Debug)]
pub struct FlattenProbe<'a, T: ?Sized>(pub &'a T);

/// The entries of a field of any type, which is expected to be a map or a struct.
pub trait AnyFlattened {
    /// The type of the field.
    type Value: ?Sized;

    /// Returns the field.
    fn entries(&self) -> &Self::Value;
}

impl<T: ?Sized> AnyFlattened for FlattenProbe<'_, T> {
    type Value = T;

    fn entries(&self) -> &T {
        self.0
    }
}

/// A value that is neither a map nor a struct with named fields, and therefore cannot be flattened.
pub struct SingleValue<'a, T: ?Sized>(&'a T);

impl<T: ?Sized> fmt::Debug for SingleValue<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SingleValue")
    }
}

/// The value of a field that has no entries.
pub trait SingleFlattened {
    /// The value of the field.
    type Value;

    /// Returns the value of the field.
    fn entries(&self) -> Self::Value;
}

impl<'a, T: NotEntries + ?Sized> SingleFlattened for &FlattenProbe<'a, T> {
    type Value = SingleValue<'a, T>;

    fn entries(&self) -> SingleValue<'a, T> {
        SingleValue(self.0)
    }
}

/// A value with `#[track(flatten)]`: a map or a struct with named fields.
///
/// Single values and lists of the standard library are rejected at compile time. Any other value
/// that is neither a map nor a struct makes its event invalid: the event is not sent, and the
/// ledger counts it.
#[diagnostic::on_unimplemented(
    message = "this field cannot be flattened",
    label = "expected a map or a struct, found a single value or a list",
    note = "to send the value as one property, remove `flatten`; to leave it out, write `#[track(skip)]`"
)]
pub trait FlattenedField: sealed::Sealed {
    /// Does nothing. A call to this method checks the bound at compile time.
    #[doc(hidden)]
    #[inline]
    fn accept(&self) {}
}

impl<T: ?Sized> FlattenedField for &T {}

/// A supertrait that only this crate implements.
mod sealed {
    pub trait Sealed {}
    impl<T: ?Sized> Sealed for &T {}
    impl<T: ?Sized> Sealed for super::SingleValue<'_, T> {}
}
