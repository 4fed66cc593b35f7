use crate::shop::{CustomerId, Money, OrderId, Sku};

/// What the copilot does next.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Plan {
    Greet,
    Thank,
    /// Say goodbye and end the conversation.
    Goodbye,
    /// Explain a topic in a longer, streamed answer.
    Explain(Topic),
    /// Answer a question about one product.
    Answer(Question, Sku),
    /// Show products to choose from, because the question fits several of them.
    Choose(Question, Vec<Sku>),
    /// Show products to a customer who is browsing.
    Browse {
        choices: Vec<Sku>,
        budget: Option<Money>,
    },
    /// Ask which product the question is about.
    AskForProduct(Question),
    /// Report the status of this order, or of the customer's latest order.
    OrderStatus(Option<OrderId>),
    /// Ask who the customer is, and then continue with the plan inside.
    AskForIdentity(Box<Plan>),
    Identify(Claim),
    NeverMind,
    NotUnderstood,
}

/// A question about a product.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Question {
    Stock,
    Price,
    PriceHistory,
    Description,
    Order { quantity: u32 },
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Topic {
    Product(Sku),
    Returns,
    Shipping,
    Help,
}

/// How a customer identifies themselves.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Claim {
    Email(String),
    Number(CustomerId),
}
