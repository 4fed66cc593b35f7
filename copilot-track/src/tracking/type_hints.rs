//! What tells the compiler a type or a kind of closure, and does nothing.

use crate::tracking::call_site::CallSite;

impl CallSite {
    /// Runs a body. The bound makes the closure one that runs once, so that it may give away what
    /// it owns.
    #[inline]
    pub fn call_once<T>(&self, body: impl FnOnce() -> T) -> T {
        body()
    }

    /// Mentions a parameter, which makes a closure own it.
    #[inline]
    pub fn capture<T: ?Sized>(&self, _: &T) {}

    /// Stands after `return` in a block that is never run, where it tells the type that the body
    /// gives: coercions and errors then are those of the function.
    #[must_use]
    pub fn returns<T>(&self) -> T {
        std::process::abort()
    }
}
