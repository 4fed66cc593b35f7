//! What a function gives back, as far as its spelling says.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    AngleBracketedGenericArguments, GenericArgument, Path, PathArguments, PathSegment, ReturnType,
    Token, Type, TypeParamBound, TypePath, punctuated::Punctuated, spanned::Spanned,
};

/// Whether the value is the answer, or something that gives it later.
#[derive(Clone)]
pub(crate) enum Shape {
    /// A plain value (which may be a `Result` or an `Option`).
    Value,
    /// `!`.
    Never,
    /// A future.
    Future {
        boxed: Boxed,
        /// The type of its output, where it is spelled.
        ty: Option<Box<Type>>,
        /// What it gives.
        output: Box<Shape>,
    },
    /// A stream.
    Stream(Stream),
    /// A stream inside a `Result` or an `Option`.
    Fallible(Stream),
}

/// The box that a future has to be put in, because its type says so or needs it.
#[derive(Clone, Copy)]
pub(crate) enum Boxed {
    /// `impl Future`.
    No,
    /// `Pin<Box<dyn Future>>`, and `impl Future + Unpin`.
    Pin,
    /// `Box<dyn Future + Unpin>`.
    Box,
}

/// A stream, and how it is spelled.
#[derive(Clone)]
pub(crate) struct Stream {
    /// `impl Stream`: the type may change. A boxed one must come out as the same type.
    pub(crate) opaque: bool,
    /// The type of its items, where an opaque type spells it.
    pub(crate) item: Option<Box<Type>>,
}

impl Stream {
    /// Any other type of which the user says that it is a stream.
    pub(crate) const NAMED: Self = Self {
        opaque: false,
        item: None,
    };
}

impl Shape {
    pub(crate) fn of(ty: &Type) -> Self {
        match ty {
            Type::Group(group) => Self::of(&group.elem),
            Type::Paren(paren) => Self::of(&paren.elem),
            Type::Never(_) => Self::Never,
            Type::ImplTrait(opaque) => Self::of_bounds(&opaque.bounds, Boxed::No),
            Type::Path(path) => path
                .path
                .segments
                .last()
                .map_or(Self::Value, Self::of_segment),
            _ => Self::Value,
        }
    }

    fn of_segment(segment: &PathSegment) -> Self {
        let name = segment.ident.to_string();
        let inner = first_type(segment);
        match (name.as_str(), inner) {
            ("Pin", Some(inner)) => Self::of_pointee(inner, Boxed::Pin),
            ("Box", Some(inner)) => Self::of_pointee(inner, Boxed::Box),
            ("BoxFuture" | "LocalBoxFuture", Some(output)) => Self::Future {
                boxed: Boxed::Pin,
                ty: Some(Box::new(output.clone())),
                output: Box::new(Self::of(output)),
            },
            ("BoxStream" | "LocalBoxStream", _) => Self::Stream(Stream::NAMED),
            ("Result" | "Option", Some(inner)) => match Self::of(inner) {
                Self::Stream(stream) | Self::Fallible(stream) => Self::Fallible(stream),
                _ => Self::Value,
            },
            _ => Self::Value,
        }
    }

    /// What stands in `Pin<…>` or `Box<…>`.
    fn of_pointee(ty: &Type, boxed: Boxed) -> Self {
        match ty {
            Type::Group(group) => Self::of_pointee(&group.elem, boxed),
            Type::Paren(paren) => Self::of_pointee(&paren.elem, boxed),
            Type::TraitObject(object) => Self::of_bounds(&object.bounds, boxed),
            Type::ImplTrait(opaque) => Self::of_bounds(&opaque.bounds, boxed),
            Type::Path(path) => match path.path.segments.last() {
                Some(segment) if segment.ident == "Box" => {
                    first_type(segment).map_or(Self::Value, |ty| Self::of_pointee(ty, boxed))
                }
                _ => Self::Value,
            },
            _ => Self::Value,
        }
    }

    fn of_bounds(bounds: &Punctuated<TypeParamBound, Token![+]>, boxed: Boxed) -> Self {
        let unpin = segments(bounds).any(|segment| segment.ident == "Unpin");
        for segment in segments(bounds) {
            if segment.ident == "Future" {
                let ty = assoc(segment, "Output").cloned().map(Box::new);
                let output = ty.as_deref().map_or(Self::Value, Self::of);
                return Self::Future {
                    boxed: match boxed {
                        Boxed::No if unpin => Boxed::Pin,
                        boxed => boxed,
                    },
                    ty,
                    output: Box::new(output),
                };
            }
            if segment.ident == "Stream" || segment.ident == "FusedStream" {
                return Self::Stream(Stream {
                    opaque: matches!(boxed, Boxed::No),
                    item: assoc(segment, "Item").cloned().map(Box::new),
                });
            }
        }
        Self::Value
    }
}

/// Whether a type is spelled without a name of its own, so that it can be no `Result`.
pub(super) fn is_no_name(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => is_no_name(&group.elem),
        Type::Paren(paren) => is_no_name(&paren.elem),
        Type::Array(_)
        | Type::FnPtr(_)
        | Type::ImplTrait(_)
        | Type::Ptr(_)
        | Type::Reference(_)
        | Type::Tuple(_) => true,
        _ => false,
    }
}

/// Whether an `impl Trait` stands in a type.
pub(super) fn is_opaque(ty: &Type) -> bool {
    match ty {
        Type::ImplTrait(_) => true,
        Type::Group(group) => is_opaque(&group.elem),
        Type::Paren(paren) => is_opaque(&paren.elem),
        Type::Reference(reference) => is_opaque(&reference.elem),
        Type::Tuple(tuple) => tuple.elems.iter().any(is_opaque),
        Type::Path(path) if path.qself.is_none() => {
            path.path
                .segments
                .iter()
                .any(|segment| match &segment.arguments {
                    PathArguments::None => false,
                    PathArguments::AngleBracketed(arguments) => {
                        arguments.args.iter().any(|argument| match argument {
                            GenericArgument::Lifetime(_) => false,
                            GenericArgument::Type(ty) => is_opaque(ty),
                            other => mentions_impl(other.to_token_stream()),
                        })
                    }
                    PathArguments::Parenthesized(other) => mentions_impl(other.to_token_stream()),
                })
        }
        other => mentions_impl(other.to_token_stream()),
    }
}

fn mentions_impl(ty: TokenStream) -> bool {
    ty.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "impl",
        TokenTree::Group(group) => mentions_impl(group.stream()),
        _ => false,
    })
}

/// Whether a type has a name that is not one of the best known.
pub(super) fn is_unknown_name(ty: &Type) -> bool {
    const KNOWN: &[&str] = &[
        "Arc", "BTreeMap", "Box", "Cow", "HashMap", "Option", "Rc", "Result", "Self", "String",
        "Value", "Vec", "bool", "char", "f32", "f64", "i16", "i32", "i64", "i8", "isize", "u16",
        "u32", "u64", "u8", "usize",
    ];
    match ty {
        Type::Group(group) => is_unknown_name(&group.elem),
        Type::Paren(paren) => is_unknown_name(&paren.elem),
        Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| !KNOWN.contains(&last.ident.to_string().as_str())),
        _ => false,
    }
}

fn segments(bounds: &Punctuated<TypeParamBound, Token![+]>) -> impl Iterator<Item = &PathSegment> {
    bounds.iter().filter_map(|bound| match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last(),
        _ => None,
    })
}

fn arguments(segment: &PathSegment) -> impl Iterator<Item = &GenericArgument> {
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(arguments.args.iter()),
        _ => None,
    }
    .into_iter()
    .flatten()
}

fn first_type(segment: &PathSegment) -> Option<&Type> {
    arguments(segment).find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

fn assoc<'a>(segment: &'a PathSegment, name: &str) -> Option<&'a Type> {
    arguments(segment).find_map(|argument| match argument {
        GenericArgument::AssocType(assoc) if assoc.ident == name => Some(&assoc.ty),
        _ => None,
    })
}

/// A type with `_` for each `impl Trait` in it, which may not be written in a body.
pub(crate) struct Erased<'a>(pub(crate) &'a Type);

impl ToTokens for Erased<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        if !is_opaque(self.0) {
            self.0.to_tokens(tokens);
            return;
        }
        let mut ty = self.0.clone();
        erase(&mut ty);
        ty.to_tokens(tokens);
    }
}

/// What a function gives, as [`Erased`].
pub(crate) struct Output<'a>(pub(crate) &'a ReturnType);

impl ToTokens for Output<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self.0 {
            ReturnType::Default => {
                Group::new(Delimiter::Parenthesis, TokenStream::new()).to_tokens(tokens);
            }
            ReturnType::Type(_, ty) => Erased(ty).to_tokens(tokens),
        }
    }
}

/// Where a type stands: its first token, to which stable Rust comes down.
pub(super) fn start(ty: &Type) -> Span {
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
        Type::ImplTrait(_) => *ty = Type::Verbatim(quote!(_)),
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
