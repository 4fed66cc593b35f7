use std::collections::HashMap;

use serde::Deserialize;
use time::Date;

use super::{
    data::rows,
    dates,
    money::Money,
    product::{Product, Sku, WeeklyPrice},
    search::{Index, SearchResult},
};

/// The products and their prices over the past year. A catalog does not change at run time.
#[derive(Debug)]
pub(crate) struct Catalog {
    products: Vec<Product>,
    history: HashMap<Sku, Vec<WeeklyPrice>>,
    index: Index,
}

impl Catalog {
    pub(super) fn read(products: &str, history: &str) -> Result<Self, csv::Error> {
        #[derive(Deserialize)]
        struct Row {
            sku: Sku,
            #[serde(deserialize_with = "dates::required")]
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

    /// Returns the products that match the words best. There are several if they match equally
    /// well, and none if the words do not name a product.
    pub(crate) fn find(&self, message: &[String]) -> SearchResult<'_> {
        self.index.find(&self.products, message)
    }

    pub(crate) fn get(&self, sku: &Sku) -> Option<&Product> {
        self.products.iter().find(|product| product.sku == *sku)
    }

    /// Returns the product with this number. Ignores case.
    pub(crate) fn by_number(&self, text: &str) -> Option<&Product> {
        self.products
            .iter()
            .find(|product| product.sku.0.eq_ignore_ascii_case(text))
    }

    /// Returns the weekly prices, oldest first.
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
