//! The `impl Trait` types inside a return type.
//!
//! The compiler knows the types behind them only in the body. The macro finds out where they are in
//! the returned value, so that the expansion can ask for the types of these parts.

use syn::{ReturnType, Type, TypeImplTrait, TypeParamBound};

use super::{
    return_type::contains_impl_trait,
    shape::{first_type, segments},
    tracked_fn::TrackedFn,
};

/// Traits of values that are not futures. An `impl` of any other trait may be a future.
const VALUE_TRAITS: &[&str] = &[
    "AsRef",
    "AsyncFn",
    "AsyncFnMut",
    "AsyncFnOnce",
    "AsyncRead",
    "AsyncWrite",
    "BufRead",
    "Copy",
    "Debug",
    "Deref",
    "Display",
    "DoubleEndedIterator",
    "Error",
    "ExactSizeIterator",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "Into",
    "IntoIterator",
    "IntoResponse",
    "Iterator",
    "Read",
    "Serialize",
    "ToString",
    "Write",
];

/// Traits of futures and streams. An `impl` of one of them is never only a value.
const POLLED_TRAITS: &[&str] = &[
    "Future",
    "FusedFuture",
    "FusedStream",
    "IntoFuture",
    "Stream",
    "TryFuture",
    "TryStream",
];

/// An `impl Trait` that may be a future or a stream.
pub(crate) struct OpaquePart<'a> {
    pub(crate) ty: &'a Type,
    /// The steps from the returned value to the part.
    pub(crate) path: Vec<Step>,
}

/// A step from a value to a part of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A field of a tuple.
    Field(usize),
    /// The value inside `Ok`.
    Ok,
    /// The value inside `Some`.
    Some,
    /// The value inside `Poll::Ready`.
    Ready,
    /// An element of an array, a `Vec`, or a `VecDeque`.
    Item,
}

impl OpaquePart<'_> {
    /// Returns whether the part is the whole returned value, or the value of a `Result` or an
    /// `Option`.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.path.as_slice(), [] | [Step::Ok | Step::Some])
    }
}

impl TrackedFn {
    /// Returns the `impl Trait` types inside the return type that may be futures or streams.
    pub(crate) fn opaque_parts(&self) -> Vec<OpaquePart<'_>> {
        let mut parts = Vec::new();
        if let ReturnType::Type(_, ty) = &self.sig.output
            && self.returns_impl_trait()
        {
            collect(ty, &[], &mut parts);
        }
        parts
    }
}

fn collect<'a>(ty: &'a Type, path: &[Step], parts: &mut Vec<OpaquePart<'a>>) {
    let mut inside = |ty: &'a Type, step: Step| collect(ty, &[path, &[step]].concat(), parts);
    match ty {
        Type::Group(group) => collect(&group.elem, path, parts),
        Type::Paren(paren) => collect(&paren.elem, path, parts),
        Type::Tuple(tuple) => {
            for (index, element) in tuple.elems.iter().enumerate() {
                inside(element, Step::Field(index));
            }
        }
        Type::Array(array) => inside(&array.elem, Step::Item),
        Type::ImplTrait(opaque) if may_be_polled(opaque) => parts.push(OpaquePart {
            ty,
            path: path.to_vec(),
        }),
        Type::Path(type_path) => {
            let Some(last) = type_path.path.segments.last() else {
                return;
            };
            let step = match last.ident.to_string().as_str() {
                "Result" => Step::Ok,
                "Option" => Step::Some,
                "Poll" => Step::Ready,
                "Vec" | "VecDeque" => Step::Item,
                _ => return,
            };
            if let Some(ty) = first_type(last).filter(|ty| contains_impl_trait(ty)) {
                inside(ty, step);
            }
        }
        _ => {}
    }
}

/// Returns whether an `impl Trait` may be a future or a stream.
fn may_be_polled(opaque: &TypeImplTrait) -> bool {
    let has = |names: &[&str]| {
        segments(&opaque.bounds).any(|segment| names.iter().any(|name| segment.ident == name))
    };
    let has_trait = opaque
        .bounds
        .iter()
        .any(|bound| matches!(bound, TypeParamBound::Trait(_)));
    has_trait && (has(POLLED_TRAITS) || !has(VALUE_TRAITS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    #[test]
    fn parts_are_found_in_tuples_and_containers() {
        use Step::{Field, Item, Ok as InOk, Some as InSome};
        for (ty, expected) in [
            (quote!(impl Unknown), vec![vec![]]),
            (quote!(Result<impl Unknown, E>), vec![vec![InOk]]),
            (quote!((impl Future<Output = u8>, u8)), vec![vec![Field(0)]]),
            (
                quote!((u8, Vec<impl Stream>, [impl Unknown; 2])),
                vec![vec![Field(1), Item], vec![Field(2), Item]],
            ),
            (
                quote!(io::Result<Option<impl Future + Debug>>),
                vec![vec![InOk, InSome]],
            ),
            (quote!(Option<(impl Iterator, impl Fn() -> u8)>), vec![]),
            (quote!(Other<impl Future>), vec![]),
        ] {
            let function = TrackedFn::parse(quote!(fn f() -> #ty {}));
            let function = function.unwrap_or_else(|_| unreachable!("{ty}"));
            let parts = function.opaque_parts();
            let found: Vec<_> = parts.into_iter().map(|part| part.path).collect();
            assert!(found == expected, "{ty}");
        }
    }
}
