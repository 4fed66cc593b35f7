//! `#[derive(TrackEvent)]`. The macro parses the attributes, validates the struct, and generates
//! the impl. `describe!` does the same for the impl that describes the event for tracking plans.

mod bounds;
mod conflicts;
mod describe;
mod event;
mod expand;
mod fallback;
mod parse;
mod serde;
mod spanned;
mod types;
mod validate;
mod values;

#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::error::Errors;

/// Which crates describe their events for tracking plans.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Descriptions {
    /// Crates that are compiled as tests.
    InTests,
    /// All crates.
    Everywhere,
}

impl Descriptions {
    /// The value that the `plan` feature selects.
    pub(crate) const OF_BUILD: Self = if cfg!(feature = "plan") {
        Self::Everywhere
    } else {
        Self::InTests
    };
}

/// Expands the derive. After an error, returns the errors and an empty impl, so that uses of the
/// event do not cause further errors.
pub(crate) fn expand(descriptions: Descriptions, input: TokenStream) -> TokenStream {
    let source = input.clone();
    let input = match syn::parse2::<DeriveInput>(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::default();
    let container = parse::ContainerAttrs::parse(&input.attrs, &mut errors);
    let event = event::Event::validate(&input, &container, &mut errors);
    match event {
        Some(event) if errors.is_empty() => {
            let mut tokens = expand::track_event(&event);
            tokens.extend(match descriptions {
                Descriptions::InTests => describe::in_tests(&event, &source),
                Descriptions::Everywhere => describe::planned_event(&event),
            });
            tokens
        }
        _ => {
            let mut tokens = errors.to_compile_errors();
            tokens.extend(fallback::expand(&input, &container));
            tokens
        }
    }
}

/// Expands `describe!`, whose argument is a struct that the derive macro accepted. Returns nothing
/// after an error, because the derive macro reports it.
pub(crate) fn describe(input: TokenStream) -> TokenStream {
    let Ok(input) = syn::parse2::<DeriveInput>(input) else {
        return TokenStream::new();
    };
    let mut errors = Errors::default();
    let container = parse::ContainerAttrs::parse(&input.attrs, &mut errors);
    let event = event::Event::validate(&input, &container, &mut errors);
    let event = event.filter(|_| errors.is_empty());
    event
        .as_ref()
        .map(describe::planned_event)
        .unwrap_or_default()
}
