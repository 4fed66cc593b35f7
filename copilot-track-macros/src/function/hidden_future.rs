//! Return types that may be or contain a future that the macro cannot recognize by its name.
//!
//! The macro only decides what to ask the compiler. A path such as `Order` may be an alias of a
//! boxed future, and so may the type inside a `Result` or an `Option`. Any other part of the type,
//! such as an element of a tuple, can only be checked: a future there is a compile error.

use syn::{ReturnType, Type, TypeGroup, TypeParen};

use super::{
    return_type,
    shape::{Boxing, ReturnShape, first_type},
    tracked_fn::TrackedFn,
};

/// Types whose first generic argument is a part of the value.
const CONTAINERS: &[&str] = &["Option", "Poll", "Result", "Vec", "VecDeque"];

impl TrackedFn {
    /// Returns whether only the compiler can tell if the return type is a future. The kind of the
    /// return type is then detected at compile time.
    pub(crate) fn may_return_hidden_future(&self, has_future_flag: bool) -> bool {
        let ReturnType::Type(_, ty) = &self.sig.output else {
            return false;
        };
        if self.is_async() || self.returns_impl_trait() {
            return false;
        }
        match self.return_shape() {
            ReturnShape::Value => {
                has_future_flag || return_type::may_be_alias(ty) || contains_future_by_name(ty)
            }
            ReturnShape::Future {
                boxing,
                output_shape,
                ..
            } => {
                let is_stream = matches!(
                    *output_shape,
                    ReturnShape::Stream(_) | ReturnShape::FallibleStream(_)
                );
                let is_known = matches!(boxing, Boxing::Pin) && return_type::is_pin(ty);
                !is_known && !is_stream
            }
            ReturnShape::Never | ReturnShape::Stream(_) | ReturnShape::FallibleStream(_) => false,
        }
    }

    /// Returns whether the return type is written as a `Result` or an `Option`.
    pub(crate) fn returns_fallible(&self) -> bool {
        let ReturnType::Type(_, ty) = &self.sig.output else {
            return false;
        };
        let last = match ungrouped(ty) {
            Type::Path(path) => path.path.segments.last(),
            _ => None,
        };
        last.is_some_and(|last| last.ident == "Result" || last.ident == "Option")
    }

    /// Returns the types inside the return type that may be futures. For an async function, only
    /// types with the name of a future are included, because each type takes time to check. The
    /// whole output of an async function may be a future.
    pub(crate) fn parts_that_may_be_futures(&self) -> Vec<&Type> {
        let mut parts = Vec::new();
        if let ReturnType::Type(_, ty) = &self.sig.output
            && !self.returns_impl_trait()
        {
            let is_whole = !self.is_async();
            collect_parts(ty, is_whole, &mut parts);
            if self.is_async() {
                let whole = ungrouped(ty);
                parts.retain(|part| !std::ptr::eq(*part, whole) && has_future_name(part));
            }
        }
        parts
    }
}

/// Returns a type without the groups and parentheses around it.
fn ungrouped(mut ty: &Type) -> &Type {
    while let Type::Group(TypeGroup { elem, .. }) | Type::Paren(TypeParen { elem, .. }) = ty {
        ty = elem;
    }
    ty
}

/// Returns whether a type is a `Result`, an `Option`, or a `Box` of a type with the name of a
/// future.
fn contains_future_by_name(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => contains_future_by_name(&group.elem),
        Type::Paren(paren) => contains_future_by_name(&paren.elem),
        Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            ["Result", "Option", "Box"]
                .iter()
                .any(|name| last.ident == name)
                && first_type(last).is_some_and(|ty| is_future(ty) || has_future_name(ty))
        }),
        _ => false,
    }
}

/// Collects the parts of a type. `is_whole` is whether the kind of `ty` itself is detected.
fn collect_parts<'a>(ty: &'a Type, is_whole: bool, parts: &mut Vec<&'a Type>) {
    match ty {
        Type::Group(group) => collect_parts(&group.elem, is_whole, parts),
        Type::Paren(paren) => collect_parts(&paren.elem, is_whole, parts),
        Type::Tuple(tuple) => {
            for element in &tuple.elems {
                collect_parts(element, false, parts);
            }
        }
        Type::Array(array) => collect_parts(&array.elem, false, parts),
        Type::Path(path) => {
            if is_future(ty) {
                if !is_whole {
                    parts.push(ty);
                }
                return;
            }
            if let Some(last) = path.path.segments.last()
                && CONTAINERS.iter().any(|name| last.ident == name)
            {
                if let Some(inner) =
                    first_type(last).filter(|_| !contains_future_by_name(ty) || !is_whole)
                {
                    collect_parts(inner, false, parts);
                }
            } else if !is_whole && return_type::may_be_alias(ty) {
                parts.push(ty);
            }
        }
        _ => {}
    }
}

/// Returns whether a type is written as a boxed future.
fn is_future(ty: &Type) -> bool {
    matches!(ReturnShape::of(ty), ReturnShape::Future { .. })
}

/// Returns whether a type is a boxed future, or a path whose name is usual for futures.
fn has_future_name(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => has_future_name(&group.elem),
        Type::Paren(paren) => has_future_name(&paren.elem),
        Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            let name = last.ident.to_string();
            name.contains("Fut") || name.ends_with("Handle") || name == "Ready" || is_future(ty)
        }),
        _ => false,
    }
}
