//! Contains panics in the application's code.
//!
//! The library calls hooks, transports, `Serialize` implementations, destructors, wakers, log
//! subscribers, and metrics recorders. A panic in one of them must neither end the delivery thread
//! nor reach the code that tracks an event.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls `code`. Returns `None` if it panics.
///
/// `code` must not own a value whose destructor can panic: such a destructor would run during
/// unwinding, and a second panic aborts the process.
#[inline]
pub(crate) fn catch<T>(code: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(code)) {
        Ok(value) => Some(value),
        Err(payload) => {
            drop_payload(payload);
            None
        }
    }
}

/// Drops a value. A panic in its destructor is caught.
#[inline]
pub(crate) fn drop_caught<T>(value: T) {
    // The closure moves the value, so its destructor runs inside `catch`.
    let _ = catch(move || drop(value));
}

/// Drops the payload of a panic. The payload can be any value, and its destructor can panic, too.
#[cold]
pub(crate) fn drop_payload(payload: Box<dyn Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(move || drop(payload))) {
        // The destructor of this payload could panic again, and so on, without an end.
        std::mem::forget(second);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::panic_any;

    use super::*;

    /// A value whose destructor panics with a payload of the same kind.
    struct Bomb(u8);

    impl Drop for Bomb {
        fn drop(&mut self) {
            if self.0 > 0 {
                panic_any(Bomb(self.0 - 1));
            }
        }
    }

    #[test]
    fn panics_are_caught_even_if_payloads_panic() {
        assert_eq!(catch(|| 1), Some(1));
        assert_eq!(catch(|| panic!("on purpose")), None::<u8>);
        for depth in 0..5 {
            assert_eq!(catch(|| panic_any(Bomb(depth))), None::<u8>);
            drop_caught(Bomb(depth));
        }
    }
}
