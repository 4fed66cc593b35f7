//! The `result(…)` argument: properties that are derived from the returned value.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};

use super::{
    closure::{apply_closure, takes_result},
    context::Context,
    span::{local, relocate, span_of},
    wrap::wrapper::{Completion, completion_ident, output_ident},
};
use crate::attribute::parse::{args::Args, result::ResultProperty};

/// Returns `completion`, preceded by the code that sets the properties of `result(…)`.
pub(crate) fn with_result(cx: &Context, args: &Args, completion: Completion) -> Completion {
    if args.result.is_empty() {
        return completion;
    }
    let (call_site, call, output) = (&cx.call_site, completion_ident(), output_ident());
    let end = match completion {
        Completion::Inspect(end) => end,
        Completion::ReplyText(span) => {
            let arg_traits = cx.arg_traits(span);
            let text = relocate(
                quote!(#arg_traits::MessageBody::message_body(#output)),
                span,
            );
            quote!(#call.finish_reply(#call_site.inspect(#output).failure(), #text);)
        }
        Completion::None | Completion::Outcome | Completion::Replace(_) => {
            quote!(#call.finish(#call_site.inspect(#output).failure());)
        }
    };
    let (of_result, of_value) = args
        .result
        .iter()
        .partition::<Vec<&ResultProperty>, _>(|property| takes_result(&property.value));
    let of_result = (!of_result.is_empty()).then(|| {
        let setters = setters(cx, &of_result, &output.to_token_stream());
        quote!(let #call = #call #setters;)
    });
    let of_value = (!of_value.is_empty()).then(|| {
        let value = local("value");
        let setters = setters(cx, &of_value, &value.to_token_stream());
        quote! {
            let #call = match #call_site.inspect(#output).success() {
                ::core::option::Option::Some(#value) => #call #setters,
                ::core::option::Option::None => #call,
            };
        }
    });
    Completion::Inspect(quote!(#of_result #of_value #end))
}

/// Returns the method calls that set the properties, which are derived from `value`.
fn setters(cx: &Context, properties: &[&ResultProperty], value: &TokenStream) -> TokenStream {
    properties
        .iter()
        .map(|property| {
            let ResultProperty {
                name, value: expr, ..
            } = property;
            let span = span_of(expr);
            let (arg_traits, applied) = (cx.arg_traits(span), apply_closure(expr, value));
            quote_spanned!(span=> .property(#name, #arg_traits::IntoProperty::to_json(&(#applied))))
        })
        .collect()
}
