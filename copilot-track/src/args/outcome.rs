//! Values that tell whether a call succeeded.

use std::any::type_name;
use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

/// A value that tells whether the call that returned it succeeded.
///
/// The methods of [`TrackedFutureExt`](crate::TrackedFutureExt) use this trait. An attribute does
/// not need it, because the code that it generates sees the type itself.
///
/// Only the `Err` of a `Result` is a failure. The trait is implemented for `Result`, `Option`, and
/// many types of the standard library. For your own type, an empty implementation makes every value
/// a success:
///
/// ```
/// use copilot_track::args::Outcome;
///
/// struct Chart { png: Vec<u8> }
///
/// impl Outcome for Chart {}
/// ```
#[diagnostic::on_unimplemented(
    message = "it is not known whether a `{Self}` is a success",
    label = "expected a `Result` or another type that implements `Outcome`",
    note = "for a type of your own, write `impl copilot_track::args::Outcome for {Self} {{}}`; otherwise, track a \
            future that returns a `Result`"
)]
pub trait Outcome {
    /// Returns the name of the error's type if the call failed.
    fn failure(&self) -> Option<&'static str> {
        None
    }
}

impl<T, E> Outcome for Result<T, E> {
    fn failure(&self) -> Option<&'static str> {
        self.is_err().then(type_name::<E>)
    }
}

impl<T> Outcome for Option<T> {}
impl<T> Outcome for Vec<T> {}
impl<T> Outcome for [T] {}
impl<T, const N: usize> Outcome for [T; N] {}
impl<T: ToOwned + ?Sized> Outcome for Cow<'_, T> {}

macro_rules! successes {
    ($($ty:ty)*) => { $(impl Outcome for $ty {})* };
}

successes!(() bool char str String f32 f64);
successes!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);
successes!(serde_json::Value);

macro_rules! pointers {
    ($($pointer:ty)*) => {$(
        impl<T: Outcome + ?Sized> Outcome for $pointer {
            fn failure(&self) -> Option<&'static str> {
                (**self).failure()
            }
        }
    )*};
}

pointers!(&T &mut T Box<T> Rc<T> Arc<T>);
