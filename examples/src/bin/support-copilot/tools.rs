//! The copilot's tools. A language model would call them. In this example, the functions in
//! [`answers`](crate::answers) call them.
//!
//! Each tool uses the shop. Tracking needs only the attribute above the function.

use crate::{
    assistant::Claim,
    chart::{self, ChartError},
    shop::{
        Customer, CustomerId, Order, OrderId, Product, Shop, ShopError, Sku, StockLevel,
        WeeklyPrice,
    },
};
use copilot_track::{tracked_media, tracked_tool};

#[tracked_tool(type = "Catalog Request", action = "look up product")]
pub(crate) fn look_up_product<'a>(shop: &'a Shop, sku: &Sku) -> Result<&'a Product, ShopError> {
    shop.product(sku)
}

#[tracked_tool(type = "Catalog Request", action = "search products")]
pub(crate) fn search_products<'a>(shop: &'a Shop, skus: &[Sku]) -> Vec<&'a Product> {
    let catalog = shop.catalog();
    skus.iter().filter_map(|sku| catalog.get(sku)).collect()
}

#[tracked_tool(type = "Inventory Request", action = "check stock level")]
pub(crate) async fn stock_level(shop: &Shop, sku: &Sku) -> Result<StockLevel, ShopError> {
    shop.stock(sku).await
}

#[tracked_tool(type = "Price Request", action = "look up price history")]
pub(crate) fn price_history<'a>(shop: &'a Shop, sku: &Sku) -> Result<&'a [WeeklyPrice], ShopError> {
    shop.product(sku)?;
    Ok(shop.catalog().price_history(sku))
}

#[tracked_tool(type = "Account Request", action = "find customer")]
pub(crate) fn find_customer<'a>(shop: &'a Shop, claim: &Claim) -> Result<&'a Customer, ShopError> {
    match claim {
        Claim::Email(email) => shop.customer_by_email(email),
        Claim::Number(id) => shop.customer(id),
    }
}

#[tracked_tool(type = "Order Request", action = "check order status")]
pub(crate) async fn order_status(
    shop: &Shop,
    customer: &CustomerId,
    order: Option<&OrderId>,
) -> Result<Order, ShopError> {
    match order {
        Some(order) => shop.order(order, customer).await,
        None => shop.latest_order(customer).await,
    }
}

#[tracked_tool(type = "Order Request", action = "place order")]
pub(crate) async fn place_order(
    shop: &Shop,
    customer: &CustomerId,
    sku: &Sku,
    quantity: u32,
) -> Result<Order, ShopError> {
    shop.place_order(customer, sku, quantity).await
}

/// Draws the chart on a blocking thread, because drawing would block the async runtime.
#[tracked_media(type = "image", sub_type = "png")]
pub(crate) async fn price_chart(name: &str, weeks: &[WeeklyPrice]) -> Result<Vec<u8>, ChartError> {
    let title = format!("{name}: price over the past year");
    let weeks = weeks.to_vec();
    tokio::task::spawn_blocking(move || chart::draw(&title, &weeks))
        .await
        .unwrap_or(Err(ChartError::Interrupted))
}
