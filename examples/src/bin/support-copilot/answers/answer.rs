use crate::shop::{Customer, Order, Product, ShopError, Sku};

/// An answer to the customer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) attachment: Option<Attachment>,
    pub(crate) outcome: Option<Outcome>,
}

/// The part of an answer that is shown below the text.
#[derive(Debug)]
pub(crate) enum Attachment {
    Products(Vec<Product>),
    Order(Order),
    PriceChart { sku: Sku, png: Vec<u8> },
}

/// A change that an answer caused.
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

/// The messages of tool errors are written for customers, so they can be used as answers.
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
