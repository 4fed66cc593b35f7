//! The CSV files, which are embedded in the program.

use serde::de::DeserializeOwned;

use super::product::Sku;

pub(super) const PRODUCTS: &str = include_str!("../../../../data/products.csv");
pub(super) const PRICE_HISTORY: &str = include_str!("../../../../data/price_history.csv");
pub(super) const CUSTOMERS: &str = include_str!("../../../../data/customers.csv");
pub(super) const ORDERS: &str = include_str!("../../../../data/orders.csv");
pub(super) const ORDER_ITEMS: &str = include_str!("../../../../data/order_items.csv");

#[derive(Debug, thiserror::Error)]
pub(crate) enum DataError {
    #[error("the shop's files cannot be read: {0}")]
    Csv(#[from] csv::Error),
    #[error("the shop's files contain no price history")]
    NoHistory,
    #[error("an order contains {0}, which is not in the catalog")]
    UnknownProduct(Sku),
}

pub(super) fn rows<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, csv::Error> {
    csv::Reader::from_reader(text.as_bytes())
        .into_deserialize()
        .collect()
}
