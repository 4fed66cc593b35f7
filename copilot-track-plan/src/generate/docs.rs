//! Doc comments.

use proc_macro2::TokenStream;
use quote::quote;

/// Returns the doc comment for a description.
pub(super) fn doc(text: Option<&str>) -> TokenStream {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return TokenStream::new();
    };
    let lines = text.lines().map(|line| {
        // A line break of another kind would end the comment.
        let line: String = line
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let line = format!(" {}", line.trim_end());
        quote!(#[doc = #line])
    });
    lines.collect()
}
