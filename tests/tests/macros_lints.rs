//! Typical annotated functions compile without warnings from rustc or clippy.
//!
//! The `copilot-track-tests-2021` crate also compiles this file, in edition 2021.

#![deny(
    warnings,
    clippy::all,
    clippy::pedantic,
    missing_docs,
    rust_2018_idioms,
    unused_qualifications,
    single_use_lifetimes
)]

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use copilot_track::{
    Conversation, Role, TrackEvent, Turn, tracked_component, tracked_conversation,
    tracked_feedback, tracked_media, tracked_message, tracked_reply, tracked_tool,
};
use futures_util::stream::{self, BoxStream, Stream, StreamExt as _};

/// The shop is closed.
#[derive(Debug)]
pub struct ShopError;

impl fmt::Display for ShopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("closed")
    }
}

impl std::error::Error for ShopError {}

/// A shop.
#[derive(Debug, Default)]
pub struct Shop {
    name: String,
    stock: Vec<u32>,
}

/// An order.
#[derive(Debug, Clone)]
pub struct Order {
    /// The product.
    pub sku: String,
    /// The quantity.
    pub quantity: u32,
}

/// A priority, whose methods have the bodies that clippy expects.
#[derive(Debug, Copy, PartialEq, Eq)]
pub struct Priority(u8);

impl Ord for Priority {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Priority {
    #[tracked_tool(type = "Comparison")]
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

#[allow(
    clippy::expl_impl_clone_on_copy,
    reason = "the method can only be annotated here"
)]
impl Clone for Priority {
    #[tracked_tool(type = "Copy", record(duration))]
    fn clone(&self) -> Self {
        *self
    }
}

impl Shop {
    /// Returns the stock of a product.
    ///
    /// # Errors
    /// If the shop is closed.
    #[tracked_tool(type = "Inventory Request", action = "check stock level")]
    pub async fn stock(&self, index: usize) -> Result<u32, ShopError> {
        use std::future::ready;
        const NONE: u32 = 0;
        ready(()).await;
        let level = self.stock.get(index).copied().unwrap_or(NONE);
        if level == 0 {
            return Err(ShopError);
        }
        Ok(level)
    }

    /// Returns the name.
    #[must_use]
    #[tracked_tool(type = "Lookup")]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the next product in stock. Clippy would report a method with this name that is not
    /// async.
    #[tracked_tool(type = "Lookup", record(outcome))]
    pub async fn next(&mut self) -> Option<u32> {
        std::future::ready(()).await;
        self.stock.pop()
    }

    /// Changes the name.
    #[tracked_tool(type = "Rename", record(duration, outcome, error_type), properties(length = name.as_ref().len()))]
    pub fn rename(&mut self, name: impl Into<String> + AsRef<str> + Copy) -> &mut Self
    where
        for<'a> &'a str: Into<String>,
    {
        fn clean(name: String) -> String {
            name
        }
        let _ = name.as_ref().len();
        self.name = clean(name.into());
        self
    }

    /// Places an order.
    ///
    /// # Errors
    /// If the shop is closed.
    #[tracked_tool(
        type = "Order",
        action = format!("order {}", order.sku),
        role = Role::Agent,
        properties(sku = order.sku, quantity = order.quantity),
        record(outcome = |left| *left > 0)
    )]
    pub async fn order(self: Arc<Self>, order: Order) -> Result<u32, ShopError> {
        let left = self.stock(0).await?;
        left.checked_sub(order.quantity).ok_or(ShopError)
    }

    /// Draws a chart.
    #[tracked_media(type = "image", sub_type = "png")]
    pub async fn chart(&self) -> Vec<u8> {
        std::future::ready(self.name.as_bytes().to_vec()).await
    }

    /// Draws a chart if there is stock.
    #[tracked_media(type = "image", sub_type = kind)]
    pub fn maybe_chart(&self, kind: &str) -> Option<Vec<u8>> {
        let first = self.stock.first()?;
        Some(vec![
            u8::try_from(*first).ok()?,
            u8::try_from(kind.len()).ok()?,
        ])
    }

    /// Shows a component.
    #[tracked_component(type = "Chart")]
    pub fn show(&self) {
        let _ = self.name();
    }

    /// Answers a question.
    ///
    /// # Errors
    /// If the shop is closed.
    #[tracked_reply]
    pub async fn answer(
        &self,
        question: &str,
    ) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
        let level = self.stock(question.len()).await?;
        if level > 5 {
            return Err("too many".into());
        }
        Ok(format!("{level} left"))
    }

    /// Confirms an order.
    #[must_use]
    #[tracked_reply(body = |order| format!("{} x {}", order.quantity, order.sku), role = "ai_agent")]
    pub fn confirm(&self, sku: &str) -> Order {
        Order {
            sku: sku.to_owned(),
            quantity: u32::try_from(self.stock.len()).unwrap_or_default(),
        }
    }

    /// Confirms an order if there is stock.
    #[tracked_reply(body = |order| { let order = order.as_ref()?; Some(order.sku.clone()) })]
    #[must_use]
    pub fn perhaps(&self, order: Option<Order>) -> Option<Order> {
        if self.stock.is_empty() {
            return None;
        }
        order
    }

    /// Streams an answer.
    #[tracked_reply(record(first_chunk))]
    pub fn stream(&self) -> impl Stream<Item = String> + Send + use<> {
        stream::iter([self.name.clone()])
    }

    /// Returns a boxed stream.
    ///
    /// # Errors
    /// If the shop is closed.
    #[tracked_reply(body = |word: &Result<String, ShopError>| word.as_deref().ok().map(str::to_owned))]
    pub async fn boxed(&self) -> Result<BoxStream<'_, Result<String, ShopError>>, ShopError> {
        self.stock(0).await?;
        Ok(stream::iter([Ok(self.name.clone())]).boxed())
    }

    /// Returns a future.
    #[tracked_tool(type = "Later", properties(sku))]
    pub fn later(&self, sku: String) -> impl Future<Output = usize> + Send + '_ {
        async move { self.name.len() + sku.len() }
    }

    /// Returns a boxed future.
    #[must_use]
    #[tracked_tool(type = "Later", record(outcome))]
    pub fn boxed_later(
        &self,
        sku: String,
    ) -> Pin<Box<dyn Future<Output = Result<usize, ShopError>> + Send + '_>> {
        Box::pin(async move { Ok(self.name.len() + sku.len()) })
    }

    /// Rates a message.
    #[tracked_feedback(message_id = message, rating = stars)]
    pub fn rate(&mut self, message: &str, stars: u8) {
        self.stock
            .push(u32::from(stars) + u32::try_from(message.len()).unwrap_or(0));
    }

    /// Handles a message.
    #[tracked_message(body = text, conversation = conversation)]
    pub async fn handle(&self, conversation: &Conversation, text: String) -> Option<Turn> {
        let _ = (self.answer(&text).await, conversation);
        Turn::current()
    }

    /// Handles all messages.
    ///
    /// # Errors
    /// If the shop is closed.
    #[tracked_conversation(conversation = conversation)]
    pub async fn session(&self, conversation: Conversation) -> Result<(), ShopError> {
        self.handle(&conversation, "Is it?".to_owned())
            .await
            .ok_or(ShopError)?;
        Ok(())
    }

    /// Never ends.
    #[tracked_tool(type = "Serve", record(duration))]
    pub async fn serve(&self) -> ! {
        loop {
            std::future::pending::<()>().await;
        }
    }

    /// Not implemented.
    ///
    /// # Panics
    /// Always.
    #[tracked_media(type = "image", sub_type = "png")]
    pub fn todo(&self) -> Vec<u8> {
        unimplemented!("{}", self.name)
    }
}

/// A function on one line.
#[rustfmt::skip]
#[must_use]
#[tracked_tool(type = "Lookup")]
pub fn short(sku: &str) -> usize { sku.len() }

/// A function on one line, whose result the attribute inspects.
#[rustfmt::skip]
#[must_use]
#[tracked_media(type = "image", sub_type = "png")]
pub fn short_media(sku: &str) -> usize { sku.len() }

/// A tool.
pub trait Tool {
    /// Calls the tool.
    fn call(&self, input: &str) -> impl Future<Output = Result<String, ShopError>> + Send;
}

impl Tool for Shop {
    #[tracked_tool(type = "Tool", action = input)]
    async fn call(&self, input: &str) -> Result<String, ShopError> {
        Ok(input.to_owned())
    }
}

/// A boxed tool.
#[async_trait::async_trait]
pub trait BoxedTool {
    /// Calls the tool.
    async fn call(&mut self, input: String) -> Result<String, ShopError>;
}

#[async_trait::async_trait]
impl BoxedTool for Shop {
    #[tracked_tool(type = "Tool", record(outcome, duration), properties(input))]
    async fn call(&mut self, input: String) -> Result<String, ShopError> {
        self.name.push_str(&input);
        let level = self.stock(1).await?;
        Ok(format!("{input}{level}"))
    }
}

/// An item was sold.
#[derive(Debug, Clone, TrackEvent)]
#[track(name = "Item Sold", rename_all = "snake_case")]
pub struct Sold<'a, T: Clone> {
    /// The product.
    pub sku: &'a str,
    /// Details of the sale.
    pub details: T,
    /// Further properties.
    #[track(flatten)]
    pub rest: Option<serde_json::Map<String, serde_json::Value>>,
    /// A note.
    #[track(content, rename = "note")]
    pub said: String,
    /// Not sent.
    #[track(skip)]
    pub internal: std::marker::PhantomData<T>,
}

#[test]
fn annotated_functions_return_their_results() {
    let mut shop = Shop::default();
    shop.rename("Widgets").rate("m1", 5);
    assert_eq!(shop.name(), "Widgets");
    assert_eq!(shop.confirm("widget").quantity, 1);
    assert_eq!(shop.maybe_chart("png"), Some(vec![7, 3]));
}
