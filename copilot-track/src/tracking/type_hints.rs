//! Methods that exist only for type inference and closure captures.

use crate::tracking::call_site::CallSite;

impl CallSite {
    /// Calls `body`. The bound makes the closure an `FnOnce`, so that it can move out the values
    /// that it captures.
    #[inline]
    pub fn call_once<T>(&self, body: impl FnOnce() -> T) -> T {
        body()
    }

    /// Mentions a parameter, so that the enclosing closure captures the parameter.
    #[inline]
    pub fn capture<T: ?Sized>(&self, _: &T) {}

    /// Never returns. The call is in a branch that never runs, and its type is the return type of
    /// the function. The compiler therefore knows this type before it checks the body, so coercions
    /// and compile errors are the same as in the original function.
    #[must_use]
    pub fn returns<T>(&self) -> T {
        std::process::abort()
    }
}
