//! Attributes above and below `#[tracing::instrument]`. The test is that this file compiles without
//! warnings and that the events are sent.

#![deny(warnings)]
#![allow(dead_code, clippy::pedantic)]

use copilot_track::testing::TestTracker;

macro_rules! stacks {
    ($($name:ident: $(#[$attr:meta])*;)*) => {$(
        mod $name {
            use std::future::Future;
            use std::pin::Pin;

            use async_trait::async_trait;
            use copilot_track::*;

            type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

            $(#[$attr])*
            #[tracing::instrument(err, ret)]
            pub(super) fn above_boxed(text: String) -> Pin<Box<dyn Future<Output = Result<String, String>> + Send>> {
                Box::pin(async move {
                    if text.is_empty() {
                        return Err("empty".to_owned());
                    }
                    Ok(text)
                })
            }

            $(#[$attr])*
            #[tracing::instrument(skip(text), fields(length = text.len()))]
            pub(super) fn above_boxed_with_statements(text: String) -> Pin<Box<dyn Future<Output = Result<u8, String>> + Send>> {
                let length = text.len();
                Box::pin(async move {
                    let number = text.parse::<u8>().map_err(|error| error.to_string())?;
                    Ok(number + u8::try_from(length).map_err(|error| error.to_string())?)
                })
            }

            $(#[$attr])*
            #[tracing::instrument]
            pub(super) fn above_alias(text: String) -> Later<String> {
                Box::pin(async move { text })
            }

            #[tracing::instrument(err, ret)]
            $(#[$attr])*
            pub(super) fn below_boxed(text: String) -> Pin<Box<dyn Future<Output = Result<String, String>> + Send>> {
                Box::pin(async move {
                    if text.is_empty() {
                        return Err("empty".to_owned());
                    }
                    Ok(text)
                })
            }

            #[tracing::instrument]
            $(#[$attr])*
            pub(super) fn below_alias(text: String) -> Later<String> {
                Box::pin(async move { text })
            }

            $(#[$attr])*
            #[tracing::instrument(err)]
            pub(super) async fn above_async(text: String) -> Result<String, String> {
                if text.is_empty() {
                    return Err("empty".to_owned());
                }
                Ok(text)
            }

            #[tracing::instrument(fields(length = text.len()), err)]
            $(#[$attr])*
            pub(super) async fn below_async(text: String) -> Result<String, String> {
                if text.is_empty() {
                    return Err("empty".to_owned());
                }
                Ok(text)
            }

            $(#[$attr])*
            #[tracing::instrument(ret)]
            pub(super) fn above_sync(text: String) -> Result<String, String> {
                if text.is_empty() {
                    return Err("empty".to_owned());
                }
                Ok(text)
            }

            #[async_trait]
            pub(super) trait Service {
                async fn call(&self, text: String) -> Result<u8, String>;
            }

            pub(super) struct Above;
            pub(super) struct Below;

            impl Above {
                $(#[$attr])*
                #[tracing::instrument(skip(self), err)]
                fn boxed<'a>(&'a self, text: &'a str) -> Pin<Box<dyn Future<Output = Result<String, String>> + Send + 'a>> {
                    Box::pin(async move { Ok(text.to_owned()) })
                }
            }

            #[async_trait]
            impl Service for Above {
                $(#[$attr])*
                #[tracing::instrument(skip(self), err, fields(text = %text))]
                async fn call(&self, text: String) -> Result<u8, String> {
                    text.parse().map_err(|_| text)
                }
            }

            #[async_trait]
            impl Service for Below {
                #[tracing::instrument(skip(self), ret)]
                $(#[$attr])*
                async fn call(&self, text: String) -> Result<u8, String> {
                    text.parse().map_err(|_| text)
                }
            }
        }
    )*};
}

stacks! {
    tool: #[tracked_tool(type = "t")];
    recorded: #[tracked_tool(type = "t", record(duration, outcome, error_type))];
    media: #[tracked_media(type = "image", sub_type = "png")];
    component: #[tracked_component(type = "Chart")];
    feedback: #[tracked_feedback(rating = 5)];
    message: #[tracked_message(body = "text")];
    reply: #[tracked_reply(body = |_| "reply")];
}

#[tokio::test]
async fn calls_are_recorded_above_and_below() {
    use recorded::{Above, Below, Service as _};

    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    for text in ["1", ""] {
        let text = || text.to_owned();
        turn.run(async move {
            let _ = recorded::above_boxed(text()).await;
            let _ = recorded::above_boxed_with_statements(text()).await;
            let _ = recorded::below_boxed(text()).await;
            let _ = recorded::above_async(text()).await;
            let _ = recorded::below_async(text()).await;
            let _ = recorded::above_sync(text());
            let _ = Above.call(text()).await;
            let _ = Below.call(text()).await;
        })
        .await;
    }
    drop(turn.run(recorded::above_boxed(String::new())));
    let events = test.events_named("Action Invoked");
    let outcomes: Vec<_> = events
        .iter()
        .map(|event| event.property("outcome").unwrap().as_str().unwrap())
        .collect();
    assert_eq!(outcomes[..8], ["ok"; 8]);
    assert_eq!(outcomes[8..], ["error"; 8]);
}
