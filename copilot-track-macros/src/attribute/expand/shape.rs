//! What the function returns, as its type and the flags `future` and `stream` say.

use crate::{
    attribute::parse::args::Args,
    function::shape::{Boxed, Shape, Stream},
};

/// With the `future` flag, an alias counts as the boxed future that it is.
pub(crate) fn said(args: &Args, shape: Shape) -> Shape {
    match shape {
        Shape::Future { boxed, ty, output } if args.future.is_some() => Shape::Future {
            boxed: match boxed {
                Boxed::No => Boxed::Pin,
                boxed => boxed,
            },
            ty,
            output,
        },
        _ if args.future.is_some() => Shape::Future {
            boxed: Boxed::Pin,
            ty: None,
            output: Box::new(Shape::Value),
        },
        shape => shape,
    }
}

/// With the `stream` flag, an alias counts as the stream that it is.
pub(crate) fn streamed(args: &Args, shape: Shape) -> Shape {
    if args.stream.is_none() {
        return shape;
    }
    match shape {
        Shape::Future { boxed, ty, output } => Shape::Future {
            boxed,
            ty,
            output: Box::new(streamed(args, *output)),
        },
        Shape::Value => Shape::Stream(Stream::NAMED),
        shape => shape,
    }
}
