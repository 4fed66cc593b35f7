use crate::shop::{CustomerId, Money, OrderId, Sku};

/// What the copilot has understood, and does next.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Plan {
    Greet,
    Thank,
    /// The customer says goodbye: the conversation ends after the answer.
    Goodbye,
    /// Tell at some length, word by word.
    Explain(Topic),
    /// Answer a question about one product.
    Answer(Question, Sku),
    /// Show products to choose from, because of a question that several of them fit.
    Choose(Question, Vec<Sku>),
    /// Show products, for someone who looks around.
    Browse {
        choices: Vec<Sku>,
        budget: Option<Money>,
    },
    /// A question about a product, and no saying which.
    AskForProduct(Question),
    /// This order, or the customer's latest.
    OrderStatus(Option<OrderId>),
    /// Something that only a known customer can have: ask who this is, and go on after that.
    AskForIdentity(Box<Plan>),
    Identify(Claim),
    NeverMind,
    NotUnderstood,
}

/// What customers ask about a product.
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

/// Who a customer says they are.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Claim {
    Email(String),
    Number(CustomerId),
}
