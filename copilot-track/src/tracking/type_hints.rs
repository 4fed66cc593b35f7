//! Methods that exist only for type inference and closure captures.

use crate::tracking::call_site::CallSite;

impl CallSite {
    /// Runs a body. The bound makes the closure an `FnOnce`, so that it may move what it owns.
    #[inline]
    pub fn call_once<T>(&self, body: impl FnOnce() -> T) -> T {
        body()
    }

    /// Mentions a parameter, so that the closure captures it.
    #[inline]
    pub fn capture<T: ?Sized>(&self, _: &T) {}

    /// Returns a value of the function's return type, in a branch that never runs. The compiler
    /// then knows the type before it checks the body, so coercions and errors are those of the
    /// original function.
    #[must_use]
    pub fn returns<T>(&self) -> T {
        std::process::abort()
    }
}
