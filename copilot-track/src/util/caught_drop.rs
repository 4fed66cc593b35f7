//! A value of the application that the library drops.

use crate::util::reentrancy;

/// A value of the application. A panic in its destructor is caught, and events that the destructor
/// tracks are dropped: the library can drop the value in the middle of tracking another event.
#[derive(Debug)]
pub(crate) struct CaughtDrop<T>(Option<T>);

impl<T> CaughtDrop<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Some(value))
    }

    /// Returns the value. It is `Some` until the value is dropped.
    #[inline]
    pub(crate) fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }

    /// Does the same as [`get`](Self::get), but returns a mutable reference.
    pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
        self.0.as_mut()
    }
}

impl<T> Drop for CaughtDrop<T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(value) = self.0.take() {
            // The closure moves the value, so its destructor runs inside `call`.
            let _ = reentrancy::call(move || drop(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::panic::panic_any;

    use super::*;

    thread_local! {
        /// The number of destructors that ran inside the library.
        static INSIDE: Cell<u32> = const { Cell::new(0) };
    }

    /// A value whose destructor panics with a payload of the same kind.
    struct Bomb(u8);

    impl Drop for Bomb {
        fn drop(&mut self) {
            INSIDE.set(INSIDE.get() + u32::from(reentrancy::is_inside()));
            if self.0 > 0 {
                panic_any(Bomb(self.0 - 1));
            }
        }
    }

    #[test]
    fn a_destructor_is_contained() {
        for depth in 0..5 {
            let before = INSIDE.get();
            let mut caught = CaughtDrop::new(Bomb(depth));
            assert_eq!(caught.get().map(|bomb| bomb.0), Some(depth));
            assert!(caught.get_mut().is_some());
            drop(caught);
            assert!(INSIDE.get() > before);
            assert!(!reentrancy::is_inside());
        }
    }
}
