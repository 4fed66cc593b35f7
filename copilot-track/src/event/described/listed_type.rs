//! Chooses the error for a type that `plan!` cannot list.
//!
//! A type that is not an event has no description either, but one error is enough. `plan!` names a
//! method of [`TrackEvent`] for each type, which is an error if the type is not an event. It then
//! calls a method of [`PlannedEvent`] for the type that `(&ListedType::<T>::NEW).event()` returns.
//! Method resolution finds the inherent method for an event, which returns the same type.
//! Otherwise, it takes another reference and finds the method of [`OtherListed`], which returns a
//! type that has a description.

use std::fmt;
use std::marker::PhantomData;

use crate::event::described::planned_event::{Description, PlannedEvent};
use crate::event::track_event::TrackEvent;

/// A type in `plan!`.
pub struct ListedType<T: ?Sized>(PhantomData<fn() -> Box<T>>);

impl<T: ?Sized> ListedType<T> {
    /// The value.
    pub const NEW: Self = Self(PhantomData);
}

impl<T: ?Sized> fmt::Debug for ListedType<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ListedType")
    }
}

impl<T: TrackEvent + ?Sized> ListedType<T> {
    /// Returns the type.
    #[must_use]
    pub fn event(&self) -> PhantomData<T> {
        PhantomData
    }
}

/// A type that is not an event.
pub trait OtherListed {
    /// Returns another type.
    fn event(&self) -> PhantomData<NotAnEvent>;
}

impl<T: ?Sized> OtherListed for &ListedType<T> {
    fn event(&self) -> PhantomData<NotAnEvent> {
        PhantomData
    }
}

/// A type with an empty description.
#[derive(Debug)]
pub struct NotAnEvent;

#[diagnostic::do_not_recommend]
impl PlannedEvent for NotAnEvent {
    fn describe(_: &mut Description) {}
}
