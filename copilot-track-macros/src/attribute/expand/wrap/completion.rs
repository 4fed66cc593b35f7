//! Completes a tracked call.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};

use super::wrapper::{Completion, Wrapper, completion_ident, output_ident};
use crate::attribute::expand::{context::Context, span::unify};

/// Returns the statements that start the call, run the body, and complete the call. `run` is the
/// statement that binds [`output_ident`]. `end` is the location of the end of the body.
pub(crate) fn complete(
    cx: &Context,
    wrapper: &Wrapper,
    run: &TokenStream,
    end: Span,
) -> TokenStream {
    let start = wrapper.start();
    let completion = wrapper.call.as_ref().and_then(|call| {
        let call = completion_call(cx, &wrapper.completion, &call.name)?;
        Some(quote!(#[allow(unreachable_code)] #call;))
    });
    let value = match &wrapper.completion {
        Completion::Replace(value) => value.clone(),
        // Errors about the returned value point at the end of the user's body.
        _ => Ident::new("output", Span::mixed_site().located_at(end)).to_token_stream(),
    };
    quote!(#start #run #completion #value)
}

/// Returns the expression that ends the call, after [`output_ident`] is bound.
fn completion_call(cx: &Context, completion: &Completion, call: &Ident) -> Option<TokenStream> {
    let (call_site, output) = (&cx.call_site, output_ident());
    match completion {
        Completion::None | Completion::Replace(_) => None,
        Completion::Outcome => Some(quote!(#call.finish(#call_site.inspect(&#output).failure()))),
        Completion::ReplyText(span) => {
            let arg_traits = cx.arg_traits(Span::call_site());
            let text = quote!(#arg_traits::MessageBody::message_body);
            let call =
                quote!(#call.finish_reply(#call_site.inspect(&#output).failure(), &#output, #text));
            Some(unify(call, *span))
        }
        Completion::Inspect(inspect) => {
            let completion = completion_ident();
            Some(quote!(#call.complete_with(&#output, |#output, #completion| { #inspect })))
        }
    }
}
