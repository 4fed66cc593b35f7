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

    /// Never returns. The generated code calls this method only in a branch that never runs. The
    /// call has the return type of the function, so the compiler knows this type before it checks
    /// the body. Coercions and compile errors are then the same as in the original function.
    #[must_use]
    pub fn returns<T>(&self) -> T {
        std::process::abort()
    }
}
