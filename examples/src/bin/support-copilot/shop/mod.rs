//! The shop that the copilot works for: a catalog, customers, and an order book.
//!
//! Everything is read from the CSV files in `examples/data` into memory, and really queried: an
//! order takes its goods off the shelf, and the next question about stock sees that. Nothing here
//! knows of copilots or tracking.

mod catalog;
mod customer;
mod data;
pub(crate) mod dates;
mod error;
mod money;
mod order;
mod product;
pub(crate) mod search;
mod service;

pub(crate) use self::{
    catalog::Catalog,
    customer::{Customer, CustomerId},
    error::ShopError,
    money::Money,
    order::{MAX_PER_ORDER, Order, OrderId, OrderLine, Status},
    product::{Product, Sku, WeeklyPrice},
    service::{Shop, StockLevel},
};
