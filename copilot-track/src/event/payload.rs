//! An event's own data, on its way to the delivery thread.

use std::any::{Any, TypeId};
use std::borrow::Cow;

use crate::event::spec::{
    ActionInvoked, ComponentLoaded, ConversationEnded, ConversationStarted, CustomComponentLoaded,
    FeedbackSubmitted, MediaGenerated, MessageReceived, MessageSent,
};
use crate::event::track_event::TrackEvent;

macro_rules! payload {
    ($($event:ident)*) => {
        /// Any event: the spec's own in place, so that queueing one allocates nothing, and others
        /// in a box.
        #[derive(Default)]
        pub(crate) enum Payload {
            $($event($event),)*
            Other(Box<dyn TrackEvent + Send>),
            /// None, e.g. where another was taken out.
            #[default]
            None,
        }

        impl Payload {
            /// The checks of the type are made by the compiler, once for each `T`.
            #[inline]
            pub(crate) fn new<T: TrackEvent + Send + 'static>(event: T) -> Self {
                let mut event = Some(event);
                $(
                    if TypeId::of::<T>() == TypeId::of::<$event>() {
                        let event: &mut dyn Any = &mut event;
                        let event = event.downcast_mut::<Option<$event>>();
                        return event.and_then(Option::take).map_or(Self::None, Self::$event);
                    }
                )*
                match event {
                    Some(event) => Self::Other(Box::new(event)),
                    None => Self::None,
                }
            }
        }

        impl TrackEvent for Payload {
            fn name(&self) -> Cow<'static, str> {
                match self {
                    $(Self::$event(event) => event.name(),)*
                    Self::Other(event) => event.name(),
                    Self::None => Cow::Borrowed(""),
                }
            }

            fn write_properties(&self, properties: &mut crate::Properties<'_>) {
                match self {
                    $(Self::$event(event) => event.write_properties(properties),)*
                    Self::Other(event) => event.write_properties(properties),
                    Self::None => {}
                }
            }

            /// What it holds beside itself.
            fn size_hint(&self) -> usize {
                match self {
                    $(Self::$event(event) => event.size_hint() - size_of_val(event),)*
                    Self::Other(event) => event.size_hint(),
                    Self::None => 0,
                }
            }
        }
    };
}

payload! {
    ActionInvoked MessageReceived MessageSent MediaGenerated ComponentLoaded CustomComponentLoaded
    FeedbackSubmitted ConversationStarted ConversationEnded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(crate::TrackEvent)]
    #[track(crate = crate)]
    struct Mine {
        text: String,
    }

    #[test]
    fn the_specs_events_stand_in_place() {
        let event = Payload::new(ActionInvoked::new("a", "b".to_owned()));
        assert!(matches!(&event, Payload::ActionInvoked(event) if event.action == "b"));
        assert_eq!(
            (event.name().as_ref(), event.size_hint()),
            ("Action Invoked", 2)
        );
        let event = Payload::new(Mine { text: "abc".into() });
        assert!(matches!(&event, Payload::Other(_)));
        assert_eq!(event.size_hint(), size_of::<Mine>() + 3);
    }

    #[test]
    fn an_event_is_small() {
        // It is copied on its way: two cache lines with what else is queued.
        assert!(size_of::<Payload>() <= 80);
    }
}
