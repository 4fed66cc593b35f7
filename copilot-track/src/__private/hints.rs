//! What tells the compiler a type or a kind of closure, and does nothing.

use std::fmt;
use std::marker::PhantomData;

/// Runs a body. The bound makes the closure one that runs once, so that it may give away what it owns.
#[inline]
pub fn call_once<T>(body: impl FnOnce() -> T) -> T {
    body()
}

/// Mentions a parameter, which makes a closure own it.
#[inline]
pub fn captured<T: ?Sized>(_: &T) {}

/// Stands after `return` in a block that is never run, where it tells the type that the body gives: coercions and errors
/// then are those of the function.
#[must_use]
pub fn pinned<T>() -> T {
    std::process::abort()
}

/// The same for a type that cannot be written: an `impl Trait`. Its first use ties it to what the function returns, by
/// `if false { return pin.never(); }`.
pub struct Pinned<T>(PhantomData<fn() -> T>);

impl<T> Pinned<T> {
    /// Of a type that is not known yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }

    /// What the function would return here.
    #[must_use]
    pub fn never(self) -> T {
        pinned()
    }

    /// A body that is a closure.
    #[inline]
    pub fn call(self, body: impl FnOnce() -> T) -> T {
        body()
    }

    /// A body in its place.
    #[inline]
    pub fn value(self, value: T) -> T {
        value
    }
}

impl<T> Default for Pinned<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Clone for Pinned<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Pinned<T> {}

impl<T> fmt::Debug for Pinned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pinned")
    }
}
