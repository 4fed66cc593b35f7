//! What the function returns, as its type and the flags `future` and `stream` say.

use crate::{
    attribute::parse::args::Args,
    function::shape::{Boxing, ReturnShape, StreamType},
};

/// With the `future` flag, an alias counts as the boxed future that it is.
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

/// With the `stream` flag, an alias counts as the stream that it is.
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
