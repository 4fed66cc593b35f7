use std::{collections::HashMap, fmt};

use serde::Deserialize;
use time::Date;

use super::{Money, day, rows, search::Index};

#[derive(Clone, Debug, Eq, Hash, PartialEq, Ord, PartialOrd, Deserialize)]
pub(crate) struct Sku(String);

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
    /// What was on the shelf when the file was written; the store keeps the count from then on.
    pub(super) stock: u32,
    #[serde(deserialize_with = "day::optional")]
    pub(crate) restock_on: Option<Date>,
    pub(crate) weight_g: u32,
    pub(crate) description: String,
}

/// What a product cost in one week.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WeeklyPrice {
    pub(crate) week_of: Date,
    pub(crate) price: Money,
}

/// The products and what they cost over the past year. It does not change while the shop is open.
#[derive(Debug)]
pub(crate) struct Catalogue {
    products: Vec<Product>,
    history: HashMap<Sku, Vec<WeeklyPrice>>,
    index: Index,
}

impl Catalogue {
    pub(super) fn read(products: &str, history: &str) -> Result<Self, csv::Error> {
        #[derive(Deserialize)]
        struct Row {
            sku: Sku,
            #[serde(deserialize_with = "day::required")]
            week_of: Date,
            price: Money,
        }

        let mut by_sku: HashMap<_, Vec<_>> = HashMap::new();
        for Row {
            sku,
            week_of,
            price,
        } in rows(history)?
        {
            by_sku
                .entry(sku)
                .or_default()
                .push(WeeklyPrice { week_of, price });
        }
        let products: Vec<Product> = rows(products)?;
        Ok(Self {
            index: Index::of(&products),
            products,
            history: by_sku,
        })
    }

    pub(crate) fn products(&self) -> &[Product] {
        &self.products
    }

    pub(super) fn index(&self) -> &Index {
        &self.index
    }

    pub(crate) fn get(&self, sku: &Sku) -> Option<&Product> {
        self.products.iter().find(|product| product.sku == *sku)
    }

    /// The product whose number is written so, in capitals or not.
    pub(crate) fn by_number(&self, text: &str) -> Option<&Product> {
        self.products
            .iter()
            .find(|product| product.sku.0.eq_ignore_ascii_case(text))
    }

    /// The weekly prices, oldest first.
    pub(crate) fn price_history(&self, sku: &Sku) -> &[WeeklyPrice] {
        self.history.get(sku).map_or(&[], Vec::as_slice)
    }

    pub(super) fn last_week(&self) -> Option<Date> {
        self.history
            .values()
            .filter_map(|weeks| weeks.last())
            .map(|week| week.week_of)
            .max()
    }
}
