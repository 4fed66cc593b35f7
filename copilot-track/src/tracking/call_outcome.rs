//! Detection of success or failure from the value that a function returned.
//!
//! A macro sees only the name of a return type, which may be an alias. Method resolution sees the
//! type itself. For `inspect(&value).failure()`, it finds the method of [`Inspected`] if the value
//! is a `Result`. Otherwise, it dereferences to [`AnyInspected`] and finds the method there.

use std::any::type_name;
use std::ops::Deref;

use crate::tracking::call_site::CallSite;

impl CallSite {
    /// Wraps a value for inspection.
    #[inline]
    pub fn inspect<'a, T: ?Sized>(&self, value: &'a T) -> Inspected<'a, T> {
        Inspected(AnyInspected(value))
    }
}

/// A value to inspect, with methods for a `Result` only.
#[derive(Debug)]
pub struct Inspected<'a, T: ?Sized>(AnyInspected<'a, T>);

/// A value to inspect, with methods for every type.
#[derive(Debug)]
pub struct AnyInspected<'a, T: ?Sized>(&'a T);

impl<'a, T: ?Sized> Deref for Inspected<'a, T> {
    type Target = AnyInspected<'a, T>;

    #[inline]
    fn deref(&self) -> &AnyInspected<'a, T> {
        &self.0
    }
}

impl<'a, T, E> Inspected<'a, Result<T, E>> {
    /// Returns the name of the error's type if the value is an error.
    #[inline]
    #[must_use]
    pub fn failure(&self) -> Option<&'static str> {
        self.0.0.is_err().then(type_name::<E>)
    }

    /// Returns the value inside `Ok`.
    #[inline]
    #[must_use]
    pub fn success(&self) -> Option<&'a T> {
        self.0.0.as_ref().ok()
    }
}

impl<'a, T: ?Sized> AnyInspected<'a, T> {
    /// Returns `None`.
    #[inline]
    #[must_use]
    pub fn failure(&self) -> Option<&'static str> {
        None
    }

    /// Returns the value.
    #[inline]
    #[must_use]
    pub fn success(&self) -> Option<&'a T> {
        Some(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Alias = Result<u8, std::fmt::Error>;

    #[test]
    fn an_alias_of_result_is_treated_as_a_result() {
        static CALL_SITE: CallSite = CallSite::new("test");
        let (good, bad, plain): (Alias, Alias, u8) = (Ok(1), Err(std::fmt::Error), 2);
        assert_eq!(CALL_SITE.inspect(&good).failure(), None);
        assert_eq!(CALL_SITE.inspect(&bad).failure(), Some("core::fmt::Error"));
        assert_eq!(CALL_SITE.inspect(&plain).failure(), None);
        assert_eq!(CALL_SITE.inspect(&good).success(), Some(&1));
        assert_eq!(CALL_SITE.inspect(&bad).success(), None);
        assert_eq!(CALL_SITE.inspect(&plain).success(), Some(&2));
    }
}
