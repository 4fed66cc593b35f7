//! The shop that the copilot works for: a catalog, customers, and orders.
//!
//! The data comes from the CSV files in `examples/data` and is kept in memory. An order reduces the
//! stock, and later answers about the stock reflect the order. Nothing in this module depends on
//! the copilot or on tracking.

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
