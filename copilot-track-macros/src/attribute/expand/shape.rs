//! The kind of return value, with the `future` and `stream` arguments applied.

use crate::{
    attribute::parse::args::Args,
    function::{
        shape::{Boxing, OpaqueFuture, ReturnShape, StreamType},
        tracked_fn::TrackedFn,
    },
};

/// Returns the kind of the function's return value. If the `future` argument is set, this is a
/// future.
pub(crate) fn with_future_flag(args: &Args, function: &TrackedFn) -> ReturnShape {
    match function.return_shape() {
        ReturnShape::Value | ReturnShape::Never | ReturnShape::Stream(_)
            if args.future.is_some() =>
        {
            let boxing = if !function.returns_impl_trait() {
                Boxing::Pin
            } else if function.returns_fallible() {
                Boxing::Fallible(OpaqueFuture::Future)
            } else {
                Boxing::None(OpaqueFuture::Future)
            };
            ReturnShape::Future {
                boxing,
                output_type: None,
                output_shape: Box::new(ReturnShape::Value),
            }
        }
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
