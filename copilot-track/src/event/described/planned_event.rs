//! The trait that `#[derive(TrackEvent)]` implements for tracking plans.

use crate::event::described::probed_type::ProbedType;

/// The description of an event.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be listed in a tracking plan",
    label = "this type has no description",
    note = "a plan lists structs with `#[derive(copilot_track::TrackEvent)]`; the spec's events belong to every plan, and a \
            `CustomEvent` is found in the sources"
)]
pub trait PlannedEvent {
    /// Describes the event and its properties.
    fn describe(description: &mut Description);
}

/// The parts of a description, in the forms in which the derive macro writes them.
#[derive(Debug, Default)]
pub struct Description {
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
