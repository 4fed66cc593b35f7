//! Checks that inspect the tokens of a return type.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    AngleBracketedGenericArguments, GenericArgument, Path, PathArguments, ReturnType, Type,
    TypeParamBound, TypePath, spanned::Spanned,
};

/// Returns whether a type is not a path and therefore cannot be a `Result`.
pub(super) fn is_structural(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => is_structural(&group.elem),
        Type::Paren(paren) => is_structural(&paren.elem),
        Type::Array(_)
        | Type::FnPtr(_)
        | Type::ImplTrait(_)
        | Type::Ptr(_)
        | Type::Reference(_)
        | Type::Tuple(_) => true,
        _ => false,
    }
}

/// Returns whether a type contains an `impl Trait`.
pub(super) fn contains_impl_trait(ty: &Type) -> bool {
    match ty {
        // A macro may expand to an `impl Trait`.
        Type::ImplTrait(_) | Type::Macro(_) => true,
        Type::Group(group) => contains_impl_trait(&group.elem),
        Type::Paren(paren) => contains_impl_trait(&paren.elem),
        Type::Reference(reference) => contains_impl_trait(&reference.elem),
        Type::Tuple(tuple) => tuple.elems.iter().any(contains_impl_trait),
        Type::Path(path) if path.qself.is_none() => {
            path.path
                .segments
                .iter()
                .any(|segment| match &segment.arguments {
                    PathArguments::None => false,
                    PathArguments::AngleBracketed(arguments) => {
                        arguments.args.iter().any(|argument| match argument {
                            GenericArgument::Lifetime(_) => false,
                            GenericArgument::Type(ty) => contains_impl_trait(ty),
                            other => tokens_contain_impl(other.to_token_stream()),
                        })
                    }
                    PathArguments::Parenthesized(other) => {
                        tokens_contain_impl(other.to_token_stream())
                    }
                })
        }
        other => tokens_contain_impl(other.to_token_stream()),
    }
}

fn tokens_contain_impl(ty: TokenStream) -> bool {
    ty.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "impl",
        TokenTree::Group(group) => tokens_contain_impl(group.stream()),
        _ => false,
    })
}

/// Returns whether a type is a path that may be an alias, because it is not one of the well-known
/// types.
pub(super) fn may_be_alias(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => may_be_alias(&group.elem),
        Type::Paren(paren) => may_be_alias(&paren.elem),
        Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| !is_well_known(&last.ident.to_string())),
        _ => false,
    }
}

/// Returns whether a type with this name is one of the well-known types.
pub(super) fn is_well_known(name: &str) -> bool {
    const KNOWN: &[&str] = &[
        "Arc", "BTreeMap", "Box", "Cow", "HashMap", "Option", "Rc", "Result", "Self", "String",
        "Value", "Vec", "bool", "char", "f32", "f64", "i16", "i32", "i64", "i8", "isize", "u16",
        "u32", "u64", "u8", "usize",
    ];
    KNOWN.contains(&name)
}

/// Returns whether a type is text, a number, or a `bool`.
pub(super) fn is_text_or_number(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => is_text_or_number(&group.elem),
        Type::Paren(paren) => is_text_or_number(&paren.elem),
        Type::Reference(reference) => is_text_or_number(&reference.elem),
        Type::Path(path) => path.path.get_ident().is_some_and(|ident| {
            let name = ident.to_string();
            name == "str"
                || name == "String"
                || name.starts_with(char::is_lowercase) && is_well_known(&name)
        }),
        _ => false,
    }
}

/// Returns whether a type is a path that ends with `Pin`.
pub(super) fn is_pin(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => is_pin(&group.elem),
        Type::Paren(paren) => is_pin(&paren.elem),
        Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident == "Pin"),
        _ => false,
    }
}

/// A type in which `_` replaces each `impl Trait`. Function bodies may not contain `impl Trait`.
pub(crate) struct ErasedType<'a>(pub(crate) &'a Type);

impl ToTokens for ErasedType<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        if !contains_impl_trait(self.0) {
            self.0.to_tokens(tokens);
            return;
        }
        let mut ty = self.0.clone();
        erase(&mut ty);
        ty.to_tokens(tokens);
    }
}

/// The output type of a function, erased as in [`ErasedType`].
pub(crate) struct ErasedReturnType<'a>(pub(crate) &'a ReturnType);

impl ToTokens for ErasedReturnType<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self.0 {
            ReturnType::Default => {
                Group::new(Delimiter::Parenthesis, TokenStream::new()).to_tokens(tokens);
            }
            ReturnType::Type(_, ty) => ErasedType(ty).to_tokens(tokens),
        }
    }
}

/// Returns the span of a type's first token. Stable Rust cannot join spans.
pub(super) fn start_span(ty: &Type) -> Span {
    match ty {
        Type::Path(TypePath {
            qself: None, path, ..
        }) if path.leading_colon.is_none() => path
            .segments
            .first()
            .map_or_else(|| ty.span(), |first| first.ident.span()),
        ty => ty.span(),
    }
}

fn erase(ty: &mut Type) {
    match ty {
        Type::ImplTrait(_) | Type::Macro(_) => *ty = Type::Verbatim(quote!(_)),
        Type::Array(ty) => erase(&mut ty.elem),
        Type::Group(ty) => erase(&mut ty.elem),
        Type::Paren(ty) => erase(&mut ty.elem),
        Type::Ptr(ty) => erase(&mut ty.elem),
        Type::Reference(ty) => erase(&mut ty.elem),
        Type::Slice(ty) => erase(&mut ty.elem),
        Type::Tuple(ty) => ty.elems.iter_mut().for_each(erase),
        Type::Path(ty) => erase_path(&mut ty.path),
        Type::TraitObject(ty) => {
            for bound in &mut ty.bounds {
                if let TypeParamBound::Trait(bound) = bound {
                    erase_path(&mut bound.path);
                }
            }
        }
        _ => {}
    }
}

fn erase_path(path: &mut Path) {
    for segment in &mut path.segments {
        if let PathArguments::AngleBracketed(AngleBracketedGenericArguments { args, .. }) =
            &mut segment.arguments
        {
            for arg in args {
                match arg {
                    GenericArgument::Type(ty) => erase(ty),
                    GenericArgument::AssocType(assoc) => erase(&mut assoc.ty),
                    _ => {}
                }
            }
        }
    }
}
