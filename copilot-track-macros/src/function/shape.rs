//! The kind of value that a function returns, derived from the tokens of its return type.

use syn::{
    GenericArgument, PathArguments, PathSegment, Token, Type, TypeParamBound, parse_quote,
    punctuated::Punctuated,
};

/// The kind of value that a function returns.
#[derive(Clone)]
pub(crate) enum ReturnShape {
    /// A plain value, which may be a `Result` or an `Option`.
    Value,
    /// The return type is `!`, so the function never returns.
    Never,
    /// A future.
    Future {
        boxing: Boxing,
        /// The type of the future's output, if the return type names it.
        output_type: Option<Box<Type>>,
        /// The kind of the future's output.
        output_shape: Box<ReturnShape>,
    },
    /// A stream.
    Stream(StreamType),
    /// A stream inside a `Result` or an `Option`.
    FallibleStream(StreamType),
}

/// The form in which the wrapped future must be returned.
#[derive(Clone, Copy)]
pub(crate) enum Boxing {
    /// No box, for `impl Future`.
    None(OpaqueFuture),
    /// A `Result` or an `Option`, for `Result<impl Future, _>` and `Option<impl Future>`.
    Fallible(OpaqueFuture),
    /// `Pin<Box<_>>`, for `Pin<Box<dyn Future>>`.
    Pin,
    /// `Box<Pin<Box<_>>>`, for `Box<dyn Future + Unpin>`.
    Box,
}

/// The bounds of an `impl Trait` that is a future.
#[derive(Clone, Copy)]
pub(crate) enum OpaqueFuture {
    /// `impl Future`.
    Future,
    /// `impl Future + Clone`.
    Shared,
    /// `impl IntoFuture`.
    IntoFuture,
}

/// A stream in a return type.
#[derive(Clone)]
pub(crate) struct StreamType {
    /// Whether the type is an `impl Stream`. If it is, the expansion may return a stream of another
    /// type. A boxed stream must keep its type.
    pub(crate) is_impl_trait: bool,
    /// The type of the stream's items, if the return type names it.
    pub(crate) item: Option<Box<Type>>,
}

impl StreamType {
    /// A boxed stream that was recognized by its type's name or declared with the `stream`
    /// argument.
    pub(crate) const NAMED: Self = Self {
        is_impl_trait: false,
        item: None,
    };
}

impl ReturnShape {
    /// Returns the kind of value that a return type describes.
    pub(crate) fn of(ty: &Type) -> Self {
        match ty {
            Type::Group(group) => Self::of(&group.elem),
            Type::Paren(paren) => Self::of(&paren.elem),
            Type::Never(_) => Self::Never,
            Type::ImplTrait(opaque) => {
                Self::of_bounds(&opaque.bounds, Boxing::None(OpaqueFuture::Future))
            }
            Type::Path(path) => path
                .path
                .segments
                .last()
                .map_or(Self::Value, Self::of_segment),
            _ => Self::Value,
        }
    }

    /// Returns whether the function returns a stream, also inside a future, a `Result`, or an
    /// `Option`.
    pub(crate) fn is_stream(&self) -> bool {
        match self {
            Self::Stream(_) | Self::FallibleStream(_) => true,
            Self::Future { output_shape, .. } => output_shape.is_stream(),
            Self::Value | Self::Never => false,
        }
    }

    fn of_segment(segment: &PathSegment) -> Self {
        let name = segment.ident.to_string();
        let inner = first_type(segment);
        match (name.as_str(), inner) {
            ("Pin", Some(inner)) => Self::of_pointee(inner, Boxing::Pin),
            ("Box", Some(inner)) => Self::of_pointee(inner, Boxing::Box),
            ("BoxFuture" | "LocalBoxFuture", Some(output)) => Self::Future {
                boxing: Boxing::Pin,
                output_type: Some(Box::new(output.clone())),
                output_shape: Box::new(Self::of(output)),
            },
            ("BoxStream" | "LocalBoxStream", _) => Self::Stream(StreamType::NAMED),
            ("Result" | "Option", Some(inner)) => match Self::of(inner) {
                Self::Stream(stream) | Self::FallibleStream(stream) => Self::FallibleStream(stream),
                Self::Future {
                    boxing: Boxing::None(opaque),
                    output_type,
                    output_shape,
                } => Self::Future {
                    boxing: Boxing::Fallible(opaque),
                    output_type,
                    output_shape,
                },
                _ => Self::Value,
            },
            _ => Self::Value,
        }
    }

    /// Returns the kind of the type inside `Pin<…>` or `Box<…>`.
    fn of_pointee(ty: &Type, boxing: Boxing) -> Self {
        match ty {
            Type::Group(group) => Self::of_pointee(&group.elem, boxing),
            Type::Paren(paren) => Self::of_pointee(&paren.elem, boxing),
            Type::TraitObject(object) => Self::of_bounds(&object.bounds, boxing),
            Type::ImplTrait(opaque) => Self::of_bounds(&opaque.bounds, boxing),
            Type::Path(path) => match path.path.segments.last() {
                Some(segment) if segment.ident == "Box" => {
                    first_type(segment).map_or(Self::Value, |ty| Self::of_pointee(ty, boxing))
                }
                _ => Self::Value,
            },
            _ => Self::Value,
        }
    }

    fn of_bounds(bounds: &Punctuated<TypeParamBound, Token![+]>, boxing: Boxing) -> Self {
        let is_clone = segments(bounds).any(|segment| segment.ident == "Clone");
        for segment in segments(bounds) {
            let name = segment.ident.to_string();
            let output_type = match name.as_str() {
                "Future" | "FusedFuture" | "IntoFuture" => assoc(segment, "Output").cloned(),
                "TryFuture" => try_output(segment),
                "Stream" | "FusedStream" | "TryStream" => {
                    return Self::Stream(StreamType {
                        is_impl_trait: matches!(boxing, Boxing::None(_)),
                        item: assoc(segment, "Item").cloned().map(Box::new),
                    });
                }
                _ => continue,
            };
            let output_shape = output_type.as_ref().map_or(Self::Value, Self::of);
            return Self::Future {
                boxing: match boxing {
                    Boxing::None(_) if name == "IntoFuture" => {
                        Boxing::None(OpaqueFuture::IntoFuture)
                    }
                    Boxing::None(_) if is_clone => Boxing::None(OpaqueFuture::Shared),
                    boxing => boxing,
                },
                output_type: output_type.map(Box::new),
                output_shape: Box::new(output_shape),
            };
        }
        Self::Value
    }
}

/// Returns the output type of an `impl TryFuture<Ok = …, Error = …>`.
fn try_output(segment: &PathSegment) -> Option<Type> {
    let (ok, error) = (assoc(segment, "Ok")?, assoc(segment, "Error")?);
    Some(parse_quote!(::core::result::Result<#ok, #error>))
}

pub(super) fn segments(
    bounds: &Punctuated<TypeParamBound, Token![+]>,
) -> impl Iterator<Item = &PathSegment> {
    bounds.iter().filter_map(|bound| match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last(),
        _ => None,
    })
}

pub(super) fn arguments(segment: &PathSegment) -> impl Iterator<Item = &GenericArgument> {
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(arguments.args.iter()),
        _ => None,
    }
    .into_iter()
    .flatten()
}

pub(super) fn first_type(segment: &PathSegment) -> Option<&Type> {
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
