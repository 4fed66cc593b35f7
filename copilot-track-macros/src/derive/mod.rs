//! `#[derive(TrackEvent)]`. The macro parses the attributes, validates the struct, and generates
//! the impl.

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

/// Expands the derive. After an error, returns the errors and an empty impl, so that uses of the
/// event do not cause further errors.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let input = match syn::parse2::<DeriveInput>(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::default();
    let container = parse::ContainerAttrs::parse(&input.attrs, &mut errors);
    let event = event::Event::validate(&input, &container, &mut errors);
    match event {
        Some(event) if errors.is_empty() => expand::track_event(&event),
        _ => {
            let mut tokens = errors.to_compile_errors();
            tokens.extend(fallback::expand(&input, &container));
            tokens
        }
    }
}
