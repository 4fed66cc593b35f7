//! Success or failure, read from the value that a function gave.
//!
//! A macro sees the name of a return type, which may be an alias. Method resolution sees the type:
//! `seen(&value).failure()` finds the method of [`Seen`] where the value is a `Result`, and else
//! that of [`Any`], one dereference later.

use std::any::type_name;
use std::ops::Deref;

use crate::tracking::call_site::Site;

impl Site {
    /// Looks at a value.
    #[inline]
    pub fn seen<'a, T: ?Sized>(&self, value: &'a T) -> Seen<'a, T> {
        Seen(Any(value))
    }
}

/// A value that is looked at.
#[derive(Debug)]
pub struct Seen<'a, T: ?Sized>(Any<'a, T>);

/// A value of any type.
#[derive(Debug)]
pub struct Any<'a, T: ?Sized>(&'a T);

impl<'a, T: ?Sized> Deref for Seen<'a, T> {
    type Target = Any<'a, T>;

    #[inline]
    fn deref(&self) -> &Any<'a, T> {
        &self.0
    }
}

impl<'a, T, E> Seen<'a, Result<T, E>> {
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

impl<'a, T: ?Sized> Any<'a, T> {
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
        static SITE: Site = Site::new("test");
        let (good, bad, plain): (Alias, Alias, u8) = (Ok(1), Err(std::fmt::Error), 2);
        assert_eq!(SITE.seen(&good).failure(), None);
        assert_eq!(SITE.seen(&bad).failure(), Some("core::fmt::Error"));
        assert_eq!(SITE.seen(&plain).failure(), None);
        assert_eq!(SITE.seen(&good).success(), Some(&1));
        assert_eq!(SITE.seen(&bad).success(), None);
        assert_eq!(SITE.seen(&plain).success(), Some(&2));
    }
}
