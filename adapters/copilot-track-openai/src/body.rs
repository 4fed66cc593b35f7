//! The body of a response, which is read while the application reads it.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::events::EventLines;
use crate::report::CallReport;

/// The maximum size of a response that is not streamed, in bytes. Larger ones are not reported.
const MAX_WHOLE_BYTES: usize = 16 << 20;

/// A body whose content is reported. It returns the same bytes as the original body.
pub(crate) struct ReportedBody {
    body: reqwest::Body,
    report: CallReport,
    content: Content,
}

pub(crate) enum Content {
    /// One JSON object, of which these parts have arrived.
    Whole { parts: Vec<Bytes>, bytes: usize },
    /// Server-sent events.
    Streamed(EventLines),
    /// The response was reported, or it is too large.
    Ended,
}

impl ReportedBody {
    pub(crate) fn new(body: reqwest::Body, report: CallReport, is_streamed: bool) -> Self {
        let content = if is_streamed {
            Content::Streamed(EventLines::default())
        } else {
            Content::Whole {
                parts: Vec::new(),
                bytes: 0,
            }
        };
        Self {
            body,
            report,
            content,
        }
    }

    fn read(&mut self, data: &Bytes) {
        match &mut self.content {
            Content::Whole { parts, bytes } => {
                *bytes += data.len();
                parts.push(data.clone());
                if *bytes > MAX_WHOLE_BYTES {
                    self.content = Content::Ended;
                }
            }
            Content::Streamed(lines) => {
                let report = &mut self.report;
                lines.push(data, |event| report.chunk(event));
            }
            Content::Ended => {}
        }
    }

    fn end(&mut self) {
        let content = std::mem::replace(&mut self.content, Content::Ended);
        if let Content::Whole { parts, .. } = content {
            match &parts[..] {
                [part] => self.report.whole(part),
                parts => self.report.whole(&parts.concat()),
            }
        }
    }
}

impl http_body::Body for ReportedBody {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, reqwest::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(data) = frame.data_ref() {
                    self.read(data);
                }
                // A reader that knows the length does not poll again.
                if self.body.is_end_stream() {
                    self.end();
                }
            }
            Poll::Ready(None) => self.end(),
            Poll::Ready(Some(Err(_))) => self.content = Content::Ended,
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
