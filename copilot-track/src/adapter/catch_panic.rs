//! Panics in closures of the application.

use crate::util::panics;

/// Calls code of the application. Returns `None` if the code panics.
///
/// A panic in a closure that an adapter calls must not reach the framework. This function differs
/// from [`std::panic::catch_unwind`] in one point: a panic in the destructor of the panic's payload
/// is caught, too.
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
