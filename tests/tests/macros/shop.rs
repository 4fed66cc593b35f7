//! Annotated functions whose arguments determine how the call ends.

use copilot_track::{tracked_media, tracked_reply, tracked_tool};

#[derive(Debug, PartialEq)]
pub(crate) struct OutOfStock;

pub(crate) type Stocked<T> = Result<T, OutOfStock>;

#[tracked_tool(type = "Inventory Request")]
pub(crate) async fn stock_level(sku: &str, wait: bool) -> Stocked<u32> {
    if wait {
        std::future::pending::<()>().await;
    }
    assert_ne!(sku, "panic", "a panic in the function");
    if sku == "none" {
        Err(OutOfStock)
    } else {
        Ok(3)
    }
}

#[tracked_tool(type = "Inventory Request", record(duration, outcome, error_type))]
pub(crate) async fn recorded(sku: &str, wait: bool) -> Stocked<u32> {
    if wait {
        std::future::pending::<()>().await;
    }
    assert_ne!(sku, "panic", "a panic in the function");
    if sku == "none" {
        Err(OutOfStock)
    } else {
        Ok(3)
    }
}

#[tracked_media(type = "image", sub_type = "png")]
pub(crate) async fn chart(sku: &str, wait: bool) -> Stocked<u32> {
    if wait {
        std::future::pending::<()>().await;
    }
    assert_ne!(sku, "panic", "a panic in the function");
    if sku == "none" {
        Err(OutOfStock)
    } else {
        Ok(3)
    }
}

#[tracked_reply(body = |level| format!("{level} left"))]
pub(crate) async fn reply(sku: &str, wait: bool) -> Stocked<u32> {
    if wait {
        std::future::pending::<()>().await;
    }
    assert_ne!(sku, "panic", "a panic in the function");
    if sku == "none" {
        Err(OutOfStock)
    } else {
        Ok(3)
    }
}
