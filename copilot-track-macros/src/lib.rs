//! The attributes and the derive of copilot-track.

mod args;
mod derive;
mod errors;
mod names;

/// Makes a struct an event: a Track call of your own, beside the spec's.
#[proc_macro_derive(TrackEvent, attributes(track))]
pub fn derive_track_event(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive::expand(input.into()).into()
}
