//! The methods that track futures.

use std::borrow::Cow;

use super::reply::Reply;
use super::success::Success;
use super::tool::Tool;
use super::tracked::Tracked;
use crate::event::spec::{ActionInvoked, ComponentLoaded, MediaGenerated};
use crate::tracking::pending_event::PendingEvent;

/// Tracks futures where no attribute can be written: async blocks, closures, and futures from other
/// crates.
///
/// Each method returns a future that sends the same events as the attribute of the same name on an
/// async function. The call starts when the future is first polled. The methods can be combined;
/// the last one is the outermost:
///
/// ```
/// use copilot_track::TrackedFutureExt as _;
///
/// # async fn draw(sku: &str) -> Vec<u8> { vec![] }
/// # async fn example() {
/// let answer = async {
///     let _png = draw("widget").tracked_media("image", "png").await;
///     "Here is the chart.".to_owned()
/// };
/// let text: String = answer.tracked_reply().await;
/// # }
/// ```
///
/// For a message from the customer, use [`Conversation::turn`](crate::Conversation::turn) and
/// [`Turn::run`](crate::Turn::run).
pub trait TrackedFutureExt: Future + Sized {
    /// Tracks a tool call. Sends Action Invoked when the future is first polled or, if something is
    /// recorded, when the call ends.
    #[track_caller]
    fn tracked_tool(
        self,
        r#type: impl Into<Cow<'static, str>>,
        action: impl Into<Cow<'static, str>>,
    ) -> Tracked<Self, Tool> {
        let event = PendingEvent::new(ActionInvoked::new(r#type, action));
        Tracked::new(self, "tracked_tool", Tool::new(event))
    }

    /// Tracks a reply. Sends Message Received with the output as its text if the future succeeds.
    ///
    /// The output must implement [`MessageBody`](crate::MessageBody), unless
    /// [`body`](Tracked::body) selects the text.
    #[track_caller]
    fn tracked_reply(self) -> Tracked<Self, Reply> {
        Tracked::new(self, "tracked_reply", Reply::new())
    }

    /// Tracks the generation of media. Sends Media Generated if the future succeeds. The output
    /// must implement [`Outcome`](crate::args::Outcome).
    #[track_caller]
    fn tracked_media(
        self,
        r#type: impl Into<Cow<'static, str>>,
        sub_type: impl Into<Cow<'static, str>>,
    ) -> Tracked<Self, Success> {
        let event = PendingEvent::new(MediaGenerated::new(r#type, sub_type));
        Tracked::new(self, "tracked_media", Success::new(event))
    }

    /// Tracks the loading of a component. Sends Component Loaded if the future succeeds. The output
    /// must implement [`Outcome`](crate::args::Outcome).
    #[track_caller]
    fn tracked_component(self, r#type: impl Into<Cow<'static, str>>) -> Tracked<Self, Success> {
        let event = PendingEvent::new(ComponentLoaded::new(r#type));
        Tracked::new(self, "tracked_component", Success::new(event))
    }
}

impl<F: Future> TrackedFutureExt for F {}
