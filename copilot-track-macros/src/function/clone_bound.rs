//! Return types such as `impl Stream + Clone`, whose tracked value cannot be cloned.

use syn::{GenericArgument, PathSegment, ReturnType, Type, TypeParamBound};

use super::{
    shape::{arguments, segments},
    tracked_fn::TrackedFn,
};

/// A `Clone` bound that a tracked value cannot satisfy.
pub(crate) enum CloneBound<'a> {
    /// The bound of an `impl Stream`.
    Stream(&'a PathSegment),
    /// The bound of an `impl IntoFuture`.
    IntoFuture(&'a PathSegment),
}

impl TrackedFn {
    /// Returns the first `Clone` bound in the return type that a tracked value cannot satisfy.
    pub(crate) fn clone_bound(&self) -> Option<CloneBound<'_>> {
        match &self.sig.output {
            ReturnType::Type(_, ty) if self.returns_impl_trait() => find(ty),
            _ => None,
        }
    }
}

fn find(ty: &Type) -> Option<CloneBound<'_>> {
    match ty {
        Type::Group(group) => find(&group.elem),
        Type::Paren(paren) => find(&paren.elem),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(find),
        Type::Path(path) => path.path.segments.iter().find_map(find_in_arguments),
        Type::ImplTrait(opaque) => {
            let named = |name: &str| segments(&opaque.bounds).find(|segment| segment.ident == name);
            let clone = named("Clone");
            let is_stream = ["Stream", "FusedStream", "TryStream"]
                .iter()
                .any(|name| named(name).is_some());
            match clone {
                Some(clone) if is_stream => Some(CloneBound::Stream(clone)),
                Some(clone) if named("IntoFuture").is_some() => Some(CloneBound::IntoFuture(clone)),
                _ => opaque.bounds.iter().find_map(|bound| match bound {
                    TypeParamBound::Trait(bound) => {
                        bound.path.segments.iter().find_map(find_in_arguments)
                    }
                    _ => None,
                }),
            }
        }
        _ => None,
    }
}

fn find_in_arguments(segment: &PathSegment) -> Option<CloneBound<'_>> {
    arguments(segment).find_map(|argument| match argument {
        GenericArgument::Type(ty) => find(ty),
        GenericArgument::AssocType(assoc) => find(&assoc.ty),
        _ => None,
    })
}
