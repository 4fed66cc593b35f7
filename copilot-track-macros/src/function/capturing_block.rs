//! The location of a closure or an async block that contains the body.
//!
//! A closure or an async block captures the parameters. The compiler's error about a captured
//! parameter contains its name only if the whole closure or block is located in the user's code:
//!
//! ```text
//! at the body        error[E0382]: use of moved value: `text`
//! anywhere else      error[E0382]: use of moved value
//! ```
//!
//! The first keyword and the block therefore have the location of the body. The statements keep
//! their own locations.
//!
//! The location also determines the edition. Before edition 2021, a closure captures whole
//! variables. Without `move`, it then borrows a parameter `&mut T`, and cannot return a part of
//! `T`. Such a closure has the location of the attribute, which has the macro crate's edition.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use super::{tokens::mentions, tracked_fn::TrackedFn};

impl TrackedFn {
    /// Returns the closure `|| -> output { locals body }`. The locals are the moved parameters.
    pub(crate) fn capturing_closure(
        &self,
        is_move: bool,
        output: &TokenStream,
        locals: &TokenStream,
        body: &TokenStream,
    ) -> TokenStream {
        let (span, block) = if is_move || !mentions(self.sig.inputs.to_token_stream(), "mut") {
            (self.body.span_open(), self.block_at_body(locals, body))
        } else {
            (
                Span::call_site(),
                Group::new(Delimiter::Brace, quote!(#locals #body)),
            )
        };
        let move_token = is_move.then(|| quote_spanned!(span=> move));
        let start = quote_spanned!(span=> #move_token ||);
        quote!(#start -> #output #block)
    }

    /// Returns the block `async move { locals body }`. The locals are the moved parameters.
    pub(crate) fn capturing_async_block(
        &self,
        locals: &TokenStream,
        body: &TokenStream,
    ) -> TokenStream {
        let block = self.block_at_body(locals, body);
        quote_spanned!(self.body.span_open()=> async move #block)
    }

    /// Returns a block at the location of the body. Locals are in an inner block, which has the
    /// macro crate's edition: temporaries in the body's last expression are dropped before them.
    fn block_at_body(&self, locals: &TokenStream, body: &TokenStream) -> Group {
        let statements = if locals.is_empty() {
            body.clone()
        } else {
            quote!({ #locals #body })
        };
        let mut block = Group::new(Delimiter::Brace, statements);
        block.set_span(self.body.span());
        block
    }
}
