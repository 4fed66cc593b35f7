//! Success or failure, read from the value that a function gave.
//!
//! A macro sees the name of a return type, which may be an alias. Method resolution sees the type:
//! `inspect(&value).failure()` finds the method of [`Inspected`] where the value is a `Result`, and else
//! that of [`AnyInspected`], one dereference later.

use std::any::type_name;
use std::ops::Deref;

use crate::tracking::call_site::CallSite;

impl CallSite {
    /// Looks at a value.
    #[inline]
    pub fn inspect<'a, T: ?Sized>(&self, value: &'a T) -> Inspected<'a, T> {
        Inspected(AnyInspected(value))
    }
}

/// A value that is looked at.
#[derive(Debug)]
pub struct Inspected<'a, T: ?Sized>(AnyInspected<'a, T>);

/// A value of any type.
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
    /// The name of the error's type, if it is an error.
    #[inline]
    #[must_use]
    pub fn failure(&self) -> Option<&'static str> {
        self.0.0.is_err().then(type_name::<E>)
    }

    /// What is inside `Ok`.
    #[inline]
    #[must_use]
    pub fn success(&self) -> Option<&'a T> {
        self.0.0.as_ref().ok()
    }
}

impl<'a, T: ?Sized> AnyInspected<'a, T> {
    /// None.
    #[inline]
    #[must_use]
    pub fn failure(&self) -> Option<&'static str> {
        None
    }

    /// The value.
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
    fn a_result_is_seen_through_its_alias() {
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
