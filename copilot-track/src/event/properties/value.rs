//! The values of properties.

use serde::Serialize;

/// A value of an event property: any type that implements [`Serialize`].
///
/// Dates are sent in RFC 3339 format, durations as numbers of milliseconds, and decimals as
/// numbers, at any depth of the value. [`macro@TrackEvent`](crate::TrackEvent) lists the types.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent as a property",
    label = "this value cannot be converted to JSON",
    note = "for a type of your crate, derive `serde::Serialize`; for a type of another crate, enable that crate's `serde` \
            feature, if it has one, or write `#[track(with = \"…\")]`",
    note = "to leave the field out, write `#[track(skip)]`"
)]
pub trait PropertyValue: Serialize {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> PropertyValue for T {}
