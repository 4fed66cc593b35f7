//! Replies, as values and as streams.

use std::borrow::Cow;
use std::fmt;

use super::call_kind::{CallKind, EventSetting, EventSettings};
use super::tracked::Tracked;
use crate::args::{MessageBody, Outcome};
use crate::tracking::call_site::{CallSite, TargetConversation};
use crate::tracking::reply::ReplyOptions;
use crate::tracking::streamed_text::StreamedText;
use crate::tracking::tracked_call::{Completion, TrackedCall};

/// A reply, which sends Message Received. `X` determines the text.
pub struct Reply<X = OwnText> {
    options: ReplyOptions,
    text: X,
}

/// The text is the output itself, which implements [`MessageBody`].
#[derive(Debug)]
pub struct OwnText;

/// A closure selects the text.
pub struct SelectedText<C>(pub(super) C);

impl Reply {
    pub(super) fn new() -> Self {
        Self {
            options: ReplyOptions::default(),
            text: OwnText,
        }
    }
}

impl<F: Future> Tracked<F, Reply> {
    /// Selects the text of the reply. If the output is an error, or if the text is `None` or empty,
    /// no event is sent.
    ///
    /// The closure receives the whole output:
    ///
    /// ```
    /// # use copilot_track::TrackedFutureExt as _;
    /// # struct Completion { text: String }
    /// # async fn complete() -> Result<Completion, std::fmt::Error> { Err(std::fmt::Error) }
    /// # async fn example() {
    /// let completion = complete()
    ///     .tracked_reply()
    ///     .body(|completion| Some(completion.as_ref().ok()?.text.as_str().into()))
    ///     .await;
    /// # }
    /// ```
    pub fn body<C>(self, text: C) -> Tracked<F, Reply<SelectedText<C>>>
    where
        C: FnOnce(&F::Output) -> Option<Cow<'_, str>>,
    {
        self.map_kind(|reply| Reply {
            options: reply.options,
            text: SelectedText(text),
        })
    }
}

impl<F, X> Tracked<F, Reply<X>> {
    /// Adds `duration_ms`: the duration in milliseconds, rounded to microseconds.
    pub fn record_duration(self) -> Self {
        self.map_kind(|reply| Reply {
            options: reply.options.record_duration(),
            text: reply.text,
        })
    }
}

impl<X> EventSettings for Reply<X> {
    fn set(&mut self, setting: EventSetting) {
        self.options.set(setting);
    }
}

impl<T: MessageBody> CallKind<T> for Reply {
    fn start(&mut self, site: &'static CallSite, target: TargetConversation) -> TrackedCall {
        let options = std::mem::take(&mut self.options);
        site.reply(target, || options)
    }

    fn complete(self, output: &T, completion: Completion) {
        completion.finish_reply(output.reply_failure(), output.message_body());
    }
}

impl<T, C> CallKind<T> for Reply<SelectedText<C>>
where
    T: Outcome,
    C: FnOnce(&T) -> Option<Cow<'_, str>>,
{
    fn start(&mut self, site: &'static CallSite, target: TargetConversation) -> TrackedCall {
        let options = std::mem::take(&mut self.options);
        site.reply(target, || options)
    }

    fn complete(self, output: &T, completion: Completion) {
        match output.failure() {
            None => completion.finish_reply(None, (self.text.0)(output)),
            failure => completion.finish_reply(failure, None),
        }
    }
}

/// The text of the items of a stream: [`OwnText`], or a closure in [`SelectedText`].
pub trait ItemText<T> {
    /// Appends the text of an item.
    #[doc(hidden)]
    fn append(&mut self, item: &T, text: &mut StreamedText);
}

impl<T: MessageBody> ItemText<T> for OwnText {
    fn append(&mut self, item: &T, text: &mut StreamedText) {
        text.record_item(item.reply_failure());
        text.push(item.message_body());
    }
}

impl<T, C> ItemText<T> for SelectedText<C>
where
    T: Outcome,
    C: FnMut(&T) -> Option<Cow<'_, str>>,
{
    fn append(&mut self, item: &T, text: &mut StreamedText) {
        let failure = item.failure();
        text.record_item(failure);
        if failure.is_none() {
            text.push((self.0)(item));
        }
    }
}

impl<X> fmt::Debug for Reply<X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").finish_non_exhaustive()
    }
}

impl<C> fmt::Debug for SelectedText<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SelectedText")
    }
}
