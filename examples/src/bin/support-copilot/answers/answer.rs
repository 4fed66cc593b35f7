use crate::shop::{Customer, Order, Product, ShopError, Sku};

/// An answer: words, and what goes with them.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) attachment: Option<Attachment>,
    pub(crate) outcome: Option<Outcome>,
}

/// What is shown beside the words.
#[derive(Debug)]
pub(crate) enum Attachment {
    Products(Vec<Product>),
    Order(Order),
    PriceChart { sku: Sku, png: Vec<u8> },
}

/// What has happened, beyond words.
#[derive(Debug)]
pub(crate) enum Outcome {
    Identified(Customer),
    Ordered(Order),
}

impl From<String> for Answer {
    fn from(text: String) -> Self {
        Self {
            text,
            attachment: None,
            outcome: None,
        }
    }
}

impl From<&str> for Answer {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// A tool's error is an answer too: it says what is wrong in the customer's words.
impl From<ShopError> for Answer {
    fn from(error: ShopError) -> Self {
        format!("Sorry, {error}.").into()
    }
}

impl Answer {
    pub(super) fn with_attachment(mut self, attachment: Attachment) -> Self {
        self.attachment = Some(attachment);
        self
    }

    pub(super) fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = Some(outcome);
        self
    }
}
