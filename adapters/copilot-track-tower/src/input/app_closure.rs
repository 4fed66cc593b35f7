//! Closures of the application that read a request.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use copilot_track::Context;
use http::request::Parts;

use crate::input::counts::Counters;

/// A closure of the application that reads a request. A panic is caught and counted.
pub(crate) struct AppClosure<T>(Arc<Read<T>>);

type Read<T> = dyn Fn(&Parts) -> Option<T> + Send + Sync;

impl<T> AppClosure<T> {
    pub(crate) fn new(closure: impl Fn(&Parts) -> Option<T> + Send + Sync + 'static) -> Self {
        Self(Arc::new(closure))
    }

    /// Calls the closure. Returns `None` if it panics.
    pub(crate) fn call(&self, request: &Parts, counters: &Counters) -> Option<T> {
        catch(counters, || (self.0)(request)).flatten()
    }
}

/// The application's closure that changes the context of a request. A panic is caught and counted.
pub(crate) struct ContextClosure(Arc<Change>);

type Change = dyn Fn(&Parts, Context) -> Context + Send + Sync;

impl ContextClosure {
    pub(crate) fn new(
        closure: impl Fn(&Parts, Context) -> Context + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(closure))
    }

    /// Calls the closure. Returns the unchanged context if it panics.
    pub(crate) fn call(&self, request: &Parts, context: Context, counters: &Counters) -> Context {
        let unchanged = context.clone();
        catch(counters, || (self.0)(request, context)).unwrap_or(unchanged)
    }
}

fn catch<T>(counters: &Counters, closure: impl FnOnce() -> T) -> Option<T> {
    // The closures cannot leave anything of this crate half changed.
    let result = catch_unwind(AssertUnwindSafe(closure));
    if result.is_err() {
        counters.panics.increment();
        tracing::error!("a closure that was passed to `TrackLayerBuilder` panicked");
    }
    result.ok()
}

impl<T> fmt::Debug for AppClosure<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppClosure")
    }
}

impl fmt::Debug for ContextClosure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContextClosure")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_counted() {
        let counters = Counters::default();
        let (request, ()) = http::Request::new(()).into_parts();
        let path = AppClosure::new(|request| Some(request.uri.path().to_owned()));
        assert_eq!(path.call(&request, &counters).as_deref(), Some("/"));
        let panics = AppClosure::<u8>::new(|_| panic!("expected by this test"));
        assert_eq!(panics.call(&request, &counters), None);
        assert_eq!(counters.read().panics, 1);

        let context = Context::new().locale("de");
        let panics = ContextClosure::new(|_, _| panic!("expected by this test"));
        assert_eq!(panics.call(&request, context.clone(), &counters), context);
        assert_eq!(counters.read().panics, 2);
    }
}
