//! The trait that `#[derive(TrackEvent)]` implements for tracking plans.

use std::any::type_name;
use std::marker::PhantomData;

use crate::event::described::probed_type::ProbedType;

/// An event that [`plan!`](crate::plan) can list: a struct with `#[derive(TrackEvent)]`.
///
/// The derive macro implements this trait only in crates that are compiled as tests. With the
/// `plan` feature, it implements the trait in all crates.
#[diagnostic::on_unimplemented(
    message = "`plan!` cannot list `{Self}`, because the event is not described here",
    label = "this event has no description",
    note = "events are described in tests of the crate that defines them; to list them in another crate or in the `tests` \
            folder, enable the `plan` feature in Cargo.toml: `[dev-dependencies] copilot-track = {{ version = \"…\", \
            features = [\"plan\"] }}`",
    note = "only structs with `#[derive(TrackEvent)]` are described; the spec's events belong to every plan, and a \
            `CustomEvent` is found in the sources"
)]
pub trait PlannedEvent {
    /// Describes the event and its properties.
    #[doc(hidden)]
    fn describe(description: &mut Description);

    /// Returns the description.
    #[doc(hidden)]
    #[must_use]
    fn description(_: PhantomData<Self>) -> Description {
        let mut description = Description {
            rust_type: type_name::<Self>(),
            ..Description::default()
        };
        Self::describe(&mut description);
        description
    }
}

/// The parts of a description, in the forms in which the derive macro writes them.
#[derive(Debug, Default)]
pub struct Description {
    pub(super) rust_type: &'static str,
    pub(super) name: &'static str,
    pub(super) text: &'static str,
    pub(super) types: &'static str,
    pub(super) probed: Vec<(usize, ProbedType)>,
}

impl Description {
    /// Sets the names and the types. `name` is the name of the event.
    ///
    /// `text` has a part for the event and one for each property, separated by U+001E. The first
    /// part is the doc comment. The fields of the other parts are separated by U+001F: the name,
    /// the flags, the function that serializes the value, and the doc comment. The flags are `f`
    /// for a flattened property and `o` for one with `skip_serializing_if`.
    ///
    /// `types` is the name of a function type, whose arguments are the types of the properties.
    pub fn event(&mut self, name: &'static str, text: &'static str, types: &'static str) {
        self.name = name;
        self.text = text;
        self.types = types;
    }

    /// Sets what is known about the type of a property in addition to the name of the type.
    pub fn field(&mut self, index: usize, probed: ProbedType) {
        self.probed.push((index, probed));
    }

    /// Returns what is known about the type of a property in addition to its name.
    pub(super) fn take_probed(&mut self, index: usize) -> ProbedType {
        let position = self.probed.iter().position(|(other, _)| *other == index);
        position.map_or_else(ProbedType::default, |position| {
            self.probed.swap_remove(position).1
        })
    }
}
