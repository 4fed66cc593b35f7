//! Closures of the application that read a request.

use std::fmt;
use std::sync::Arc;

use copilot_track::Context;
use copilot_track::adapter::catch_panic;
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
    let result = catch_panic(closure);
    if result.is_none() {
        counters.panics.increment();
        tracing::error!("a closure that was passed to `TrackLayerBuilder` panicked");
    }
    result
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
    use std::panic::panic_any;

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

    /// A panic's payload whose destructor panics with a payload of the same kind.
    struct Bomb(u8);

    impl Drop for Bomb {
        fn drop(&mut self) {
            if self.0 > 0 {
                panic_any(Self(self.0 - 1));
            }
        }
    }

    #[test]
    fn a_payload_that_panics_is_caught() {
        let counters = Counters::default();
        let (request, ()) = http::Request::new(()).into_parts();
        for depth in 0..4 {
            let panics = AppClosure::<u8>::new(move |_| panic_any(Bomb(depth)));
            assert_eq!(panics.call(&request, &counters), None);
        }
        assert_eq!(counters.read().panics, 4);
    }
}
