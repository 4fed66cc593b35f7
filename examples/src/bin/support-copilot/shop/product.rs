use std::fmt;

use serde::Deserialize;
use time::Date;

use super::{dates, money::Money};

#[derive(Clone, Debug, Eq, Hash, PartialEq, Ord, PartialOrd, Deserialize)]
pub(crate) struct Sku(pub(super) String);

impl fmt::Display for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Product {
    pub(crate) sku: Sku,
    pub(crate) name: String,
    pub(crate) category: String,
    pub(crate) price: Money,
    pub(crate) currency: String,
    /// The stock when the shop opens. `Shop::stock` returns the current count.
    pub(super) stock: u32,
    #[serde(deserialize_with = "dates::optional")]
    pub(crate) restock_on: Option<Date>,
    pub(crate) weight_g: u32,
    pub(crate) description: String,
}

/// The price of a product in one week.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WeeklyPrice {
    pub(crate) week_of: Date,
    pub(crate) price: Money,
}
