//! Panics in closures of the application.

use crate::util::panics;

/// Calls code of the application. Returns `None` if the code panics.
///
/// A panic in a closure that an adapter calls must not reach the framework. Unlike
/// [`std::panic::catch_unwind`], this function drops the panic's payload, catches a panic in its
/// destructor, and does not require [`UnwindSafe`](std::panic::UnwindSafe).
///
/// `code` must not own a value whose destructor can panic. Such a destructor can run while another
/// panic unwinds, and then aborts the process.
///
/// ```
/// use copilot_track::adapter::catch_panic;
///
/// let user = catch_panic(|| -> Option<String> { panic!("a bug in the application") });
/// assert_eq!(user, None);
/// ```
pub fn catch_panic<T>(code: impl FnOnce() -> T) -> Option<T> {
    panics::catch(code)
}
