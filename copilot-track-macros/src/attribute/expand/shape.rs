//! The kind of return value, with the `future` and `stream` arguments applied.

use crate::{
    attribute::parse::args::Args,
    function::shape::{Boxing, ReturnShape, StreamType},
};

/// Returns the shape of a boxed future if the `future` argument is set, and `shape` otherwise. If
/// `shape` is already a future, its output stays the same.
pub(crate) fn with_future_flag(args: &Args, shape: ReturnShape) -> ReturnShape {
    match shape {
        ReturnShape::Future {
            boxing,
            output_type,
            output_shape,
        } if args.future.is_some() => ReturnShape::Future {
            boxing: match boxing {
                Boxing::None => Boxing::Pin,
                boxing => boxing,
            },
            output_type,
            output_shape,
        },
        _ if args.future.is_some() => ReturnShape::Future {
            boxing: Boxing::Pin,
            output_type: None,
            output_shape: Box::new(ReturnShape::Value),
        },
        shape => shape,
    }
}

/// Returns the shape of a boxed stream if the `stream` argument is set, and `shape` otherwise.
pub(crate) fn with_stream_flag(args: &Args, shape: ReturnShape) -> ReturnShape {
    if args.stream.is_none() {
        return shape;
    }
    match shape {
        ReturnShape::Future {
            boxing,
            output_type,
            output_shape,
        } => ReturnShape::Future {
            boxing,
            output_type,
            output_shape: Box::new(with_stream_flag(args, *output_shape)),
        },
        ReturnShape::Value => ReturnShape::Stream(StreamType::NAMED),
        shape => shape,
    }
}
