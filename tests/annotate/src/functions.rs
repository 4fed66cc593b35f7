//! The functions in a source file.

use std::ops::RangeInclusive;

use proc_macro2::Span;
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    AttrStyle, Attribute, File, ImplItem, ImplItemFn, ImplItemMacro, ItemFn, ItemMacro, Macro,
    Signature, TraitItemFn,
};

/// A function with a body that is not `const`.
pub(crate) struct Function {
    pub(crate) name: String,
    /// The byte offset of the function's first attribute, or of its first token.
    pub(crate) above_attributes: usize,
    /// The byte offset of the first token after the attributes.
    pub(crate) below_attributes: usize,
    pub(crate) lines: RangeInclusive<usize>,
}

/// Returns the functions of a file, or `None` if it is not a module in current Rust.
///
/// Functions inside a macro invocation are included only if the macro's name starts with `cfg_`.
/// Other macros may not accept attributes on their functions.
pub(crate) fn find(text: &str) -> Option<Vec<Function>> {
    let file: File = syn::parse_str(text).ok()?;
    let mut finder = Finder::default();
    finder.visit_file(&file);
    Some(finder.functions)
}

#[derive(Default)]
struct Finder {
    functions: Vec<Function>,
}

impl Finder {
    /// Adds a function. `bare` is the function without attributes.
    fn add(&mut self, attrs: &[Attribute], signature: &Signature, bare: impl ToTokens) {
        if signature.constness.is_some() {
            return;
        }
        let tokens = bare.into_token_stream();
        let (Some(first), Some(last)) =
            (tokens.clone().into_iter().next(), tokens.into_iter().last())
        else {
            return;
        };
        let below = first.span();
        let above = attrs
            .iter()
            .find(|attr| matches!(attr.style, AttrStyle::Outer))
            .map_or(below, first_span);
        self.functions.push(Function {
            name: signature.ident.to_string(),
            above_attributes: above.byte_range().start,
            below_attributes: below.byte_range().start,
            lines: above.start().line..=last.span().end().line,
        });
    }
}

fn first_span(attr: &Attribute) -> Span {
    attr.pound_token.span()
}

impl Visit<'_> for Finder {
    fn visit_item_fn(&mut self, function: &ItemFn) {
        let bare = ItemFn {
            attrs: Vec::new(),
            ..function.clone()
        };
        self.add(&function.attrs, &function.sig, bare);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &ImplItemFn) {
        let bare = ImplItemFn {
            attrs: Vec::new(),
            ..function.clone()
        };
        self.add(&function.attrs, &function.sig, bare);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &TraitItemFn) {
        if function.default.is_some() {
            let bare = TraitItemFn {
                attrs: Vec::new(),
                ..function.clone()
            };
            self.add(&function.attrs, &function.sig, bare);
        }
        visit::visit_trait_item_fn(self, function);
    }

    fn visit_item_macro(&mut self, item: &ItemMacro) {
        if is_cfg_macro(&item.mac)
            && let Ok(file) = item.mac.parse_body::<File>()
        {
            self.visit_file(&file);
        }
    }

    fn visit_impl_item_macro(&mut self, item: &ImplItemMacro) {
        if is_cfg_macro(&item.mac)
            && let Ok(ImplItems(items)) = item.mac.parse_body()
        {
            for item in &items {
                self.visit_impl_item(item);
            }
        }
    }
}

/// Returns whether a macro is named like `cfg_rt!`, which adds a `#[cfg]` to each item inside it.
fn is_cfg_macro(mac: &Macro) -> bool {
    mac.path
        .segments
        .last()
        .is_some_and(|last| last.ident.to_string().starts_with("cfg_"))
}

struct ImplItems(Vec<ImplItem>);

impl Parse for ImplItems {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut items = Vec::new();
        while !input.is_empty() {
            items.push(input.parse()?);
        }
        Ok(Self(items))
    }
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn finds_functions_and_their_offsets() {
        let text =
            "/// É.\n#[inline]\npub fn a() {\n    fn b() {}\n}\ntrait T { fn c(); fn d() {} }\n";
        let functions = find(text).unwrap();
        let found: Vec<_> = functions
            .iter()
            .map(|function| {
                let from = |at: usize| text[at..].chars().take(5).collect::<String>();
                (
                    function.name.as_str(),
                    from(function.above_attributes),
                    from(function.below_attributes),
                    function.lines.clone(),
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("a", "/// É".to_owned(), "pub f".to_owned(), 1..=5),
                ("b", "fn b(".to_owned(), "fn b(".to_owned(), 4..=4),
                ("d", "fn d(".to_owned(), "fn d(".to_owned(), 6..=6),
            ]
        );
    }

    #[test]
    fn looks_only_into_cfg_macros() {
        let text = "cfg_rt! { fn a() {} impl S { fn b() {} } }\nother! { fn c() {} }\n\
                    impl S { cfg_io! { fn d() {} } }\nmacro_rules! cfg_rt { () => { fn e() {} } }\n\
                    const fn f() {}\n";
        let functions = find(text).unwrap();
        let names: Vec<_> = functions.iter().map(|function| &*function.name).collect();
        assert_eq!(names, ["a", "b", "d"]);
    }
}
