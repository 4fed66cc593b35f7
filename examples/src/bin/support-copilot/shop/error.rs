use super::order::{MAX_PER_ORDER, OrderId};

#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum ShopError {
    #[error("we have no product {0}")]
    NoSuchProduct(String),
    #[error("there is no order {0} on your account")]
    NoSuchOrder(OrderId),
    #[error("there are no orders on your account yet")]
    NoOrders,
    #[error("I can't find an account for {0}")]
    NoSuchCustomer(String),
    #[error("only {left} left in stock")]
    NotEnough { left: u32 },
    #[error(
        "I can order between 1 and {MAX_PER_ORDER} of one product; for {0}, please contact our sales team"
    )]
    Quantity(u32),
}
