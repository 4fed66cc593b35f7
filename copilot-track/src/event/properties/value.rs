//! The values of properties.

use serde::Serialize;

/// A value of an event property: any type that implements [`Serialize`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent as a property",
    label = "this value cannot be converted to JSON",
    note = "derive or implement `serde::Serialize` for `{Self}`, or leave the field out with `#[track(skip)]`"
)]
pub trait PropertyValue: Serialize {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> PropertyValue for T {}
