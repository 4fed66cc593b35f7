use std::fmt;

use serde::Deserialize;
use time::Date;

use super::{
    customer::CustomerId,
    dates,
    money::Money,
    product::{Product, Sku},
};

/// The largest quantity of one product that the copilot can order.
pub(crate) const MAX_PER_ORDER: u32 = 20;

#[derive(Clone, Debug, Eq, PartialEq, Ord, PartialOrd, Hash, Deserialize)]
pub(crate) struct OrderId(pub(super) String);

impl OrderId {
    /// Parses an order number as customers write it, such as `SO-11681`, `so11681`, or `#11681`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('#').unwrap_or(text);
        let digits = match text.get(..2) {
            Some(prefix) if prefix.eq_ignore_ascii_case("so") => {
                text[2..].strip_prefix('-').unwrap_or(&text[2..])
            }
            _ => text,
        };
        let number = digits.len() == 5 && digits.bytes().all(|byte| byte.is_ascii_digit());
        number.then(|| Self(format!("SO-{digits}")))
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Processing,
    Shipped,
    Delivered,
    Canceled,
    Returned,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Processing => "processing",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Canceled => "canceled",
            Self::Returned => "returned",
        })
    }
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Order {
    pub(crate) id: OrderId,
    pub(crate) customer: CustomerId,
    pub(crate) status: Status,
    #[serde(deserialize_with = "dates::required")]
    pub(crate) placed_on: Date,
    #[serde(deserialize_with = "dates::optional")]
    pub(crate) shipped_on: Option<Date>,
    #[serde(deserialize_with = "dates::optional")]
    pub(crate) due_on: Option<Date>,
    #[serde(deserialize_with = "dates::optional")]
    pub(crate) delivered_on: Option<Date>,
    #[serde(skip)]
    pub(crate) lines: Vec<OrderLine>,
}

impl Order {
    pub(crate) fn total(&self) -> Money {
        self.lines
            .iter()
            .map(|line| line.unit_price.times(line.quantity))
            .sum()
    }
}

#[derive(Clone, Debug)]
pub(crate) struct OrderLine {
    pub(crate) sku: Sku,
    pub(crate) name: String,
    pub(crate) quantity: u32,
    pub(crate) unit_price: Money,
    pub(crate) currency: String,
}

impl OrderLine {
    pub(super) fn of(product: &Product, quantity: u32, unit_price: Money) -> Self {
        Self {
            sku: product.sku.clone(),
            name: product.name.clone(),
            quantity,
            unit_price,
            currency: product.currency.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_numbers_are_parsed_as_customers_write_them() {
        for text in ["SO-11681", "so11681", "#11681", "11681", "#so-11681"] {
            assert_eq!(OrderId::parse(text).unwrap().to_string(), "SO-11681");
        }
        for text in ["", "so", "1168", "116811", "SO-1168x", "sö-11681", "five"] {
            assert!(OrderId::parse(text).is_none(), "{text}");
        }
    }
}
