use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use time::{Date, Duration};
use tokio::sync::RwLock;

use super::{
    catalog::Catalog,
    customer::{Customer, CustomerId},
    data::{CUSTOMERS, DataError, ORDER_ITEMS, ORDERS, PRICE_HISTORY, PRODUCTS, rows},
    error::ShopError,
    money::Money,
    order::{MAX_PER_ORDER, Order, OrderId, OrderLine, Status},
    product::{Product, Sku},
};

#[derive(Debug)]
pub(crate) struct Shop {
    catalog: Catalog,
    customers: Vec<Customer>,
    /// The shop's current date. It comes from the data files, so answers do not depend on the day
    /// on which the program runs.
    today: Date,
    order_book: RwLock<OrderBook>,
}

/// The data that orders change.
#[derive(Debug)]
struct OrderBook {
    stock: HashMap<Sku, u32>,
    orders: BTreeMap<OrderId, Order>,
}

/// The stock of a product, and the date of the next delivery.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct StockLevel {
    pub(crate) on_shelf: u32,
    pub(crate) restock_on: Option<Date>,
}

impl Shop {
    /// Opens the shop with the embedded data.
    pub(crate) fn open() -> Result<Self, DataError> {
        #[derive(Deserialize)]
        struct Item {
            order: OrderId,
            sku: Sku,
            quantity: u32,
            unit_price: Money,
        }

        let catalog = Catalog::read(PRODUCTS, PRICE_HISTORY)?;
        let mut orders: BTreeMap<_, _> = rows::<Order>(ORDERS)?
            .into_iter()
            .map(|order| (order.id.clone(), order))
            .collect();
        for item in rows::<Item>(ORDER_ITEMS)? {
            let Some(product) = catalog.get(&item.sku) else {
                return Err(DataError::UnknownProduct(item.sku));
            };
            if let Some(order) = orders.get_mut(&item.order) {
                order
                    .lines
                    .push(OrderLine::of(product, item.quantity, item.unit_price));
            }
        }
        let stock = catalog
            .products()
            .iter()
            .map(|product| (product.sku.clone(), product.stock))
            .collect();
        Ok(Self {
            today: catalog.last_week().ok_or(DataError::NoHistory)?,
            customers: rows(CUSTOMERS)?,
            order_book: RwLock::new(OrderBook { stock, orders }),
            catalog,
        })
    }

    pub(crate) fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    pub(crate) fn product(&self, sku: &Sku) -> Result<&Product, ShopError> {
        self.catalog
            .get(sku)
            .ok_or_else(|| ShopError::NoSuchProduct(sku.to_string()))
    }

    pub(crate) async fn stock(&self, sku: &Sku) -> Result<StockLevel, ShopError> {
        let product = self.product(sku)?;
        let order_book = self.order_book.read().await;
        Ok(StockLevel {
            on_shelf: order_book.stock.get(sku).copied().unwrap_or_default(),
            restock_on: product.restock_on,
        })
    }

    pub(crate) fn customer(&self, id: &CustomerId) -> Result<&Customer, ShopError> {
        self.customers
            .iter()
            .find(|customer| customer.id == *id)
            .ok_or_else(|| ShopError::NoSuchCustomer(id.to_string()))
    }

    pub(crate) fn customer_by_email(&self, email: &str) -> Result<&Customer, ShopError> {
        self.customers
            .iter()
            .find(|customer| customer.email.eq_ignore_ascii_case(email))
            .ok_or_else(|| ShopError::NoSuchCustomer(email.to_owned()))
    }

    /// Returns an order of this customer. Orders of other customers are not found.
    pub(crate) async fn order(&self, id: &OrderId, owner: &CustomerId) -> Result<Order, ShopError> {
        let order_book = self.order_book.read().await;
        order_book
            .orders
            .get(id)
            .filter(|order| order.customer == *owner)
            .cloned()
            .ok_or_else(|| ShopError::NoSuchOrder(id.clone()))
    }

    pub(crate) async fn latest_order(&self, owner: &CustomerId) -> Result<Order, ShopError> {
        let order_book = self.order_book.read().await;
        order_book
            .orders
            .values()
            .filter(|order| order.customer == *owner)
            .max_by_key(|order| (order.placed_on, &order.id))
            .cloned()
            .ok_or(ShopError::NoOrders)
    }

    /// Reduces the stock and adds the order. If this fails, nothing changes.
    pub(crate) async fn place_order(
        &self,
        customer: &CustomerId,
        sku: &Sku,
        quantity: u32,
    ) -> Result<Order, ShopError> {
        if !(1..=MAX_PER_ORDER).contains(&quantity) {
            return Err(ShopError::Quantity(quantity));
        }
        let customer = self.customer(customer)?;
        let product = self.product(sku)?;
        let mut order_book = self.order_book.write().await;
        let on_shelf = order_book.stock.get(sku).copied().unwrap_or_default();
        let Some(left) = on_shelf.checked_sub(quantity) else {
            return Err(ShopError::NotEnough { left: on_shelf });
        };
        order_book.stock.insert(sku.clone(), left);
        let order = Order {
            id: order_book.next_id(),
            customer: customer.id.clone(),
            status: Status::Processing,
            placed_on: self.today,
            shipped_on: None,
            due_on: self.today.checked_add(Duration::days(4)),
            delivered_on: None,
            lines: vec![OrderLine::of(product, quantity, product.price)],
        };
        order_book.orders.insert(order.id.clone(), order.clone());
        Ok(order)
    }
}

impl OrderBook {
    fn next_id(&self) -> OrderId {
        let last = self.orders.keys().next_back();
        let number = last.and_then(|id| id.0.trim_start_matches("SO-").parse::<u32>().ok());
        OrderId(format!("SO-{:05}", number.unwrap_or(10_000) + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sku(shop: &Shop, number: &str) -> Sku {
        shop.catalog().by_number(number).unwrap().sku.clone()
    }

    #[test]
    fn the_data_files_are_complete() {
        let shop = Shop::open().unwrap();
        assert!(shop.catalog().products().len() > 200);
        for product in shop.catalog().products() {
            let history = shop.catalog().price_history(&product.sku);
            assert_eq!(history.len(), 52, "{}", product.sku);
            assert_eq!(history[51].price, product.price, "{}", product.sku);
            assert!(history.is_sorted_by_key(|week| week.week_of));
        }
        let order_book = shop.order_book.try_read().unwrap();
        assert!(order_book.orders.len() > 300);
        for order in order_book.orders.values() {
            assert!(!order.lines.is_empty(), "{}", order.id);
            assert!(shop.customer(&order.customer).is_ok(), "{}", order.id);
        }
    }

    #[tokio::test]
    async fn an_order_reduces_the_stock() {
        let shop = Shop::open().unwrap();
        let widget = sku(&shop, "wgt-1550");
        let customer = CustomerId::parse("C-1340").unwrap();
        let before = shop.stock(&widget).await.unwrap().on_shelf;
        let last = shop.latest_order(&customer).await.unwrap();

        let order = shop.place_order(&customer, &widget, 2).await.unwrap();

        assert_eq!(order.total(), Money::cents(3998));
        assert_eq!(shop.stock(&widget).await.unwrap().on_shelf, before - 2);
        assert!(order.id > last.id);
        assert_eq!(shop.latest_order(&customer).await.unwrap().id, order.id);
        let another = shop.place_order(&customer, &widget, 1).await.unwrap();
        assert!(another.id > order.id);
    }

    #[tokio::test]
    async fn a_failed_order_changes_nothing() {
        let shop = Shop::open().unwrap();
        let kit = sku(&shop, "WGT-1562");
        let customer = CustomerId::parse("C-1340").unwrap();
        assert_eq!(
            shop.place_order(&customer, &kit, 19).await.unwrap_err(),
            ShopError::NotEnough { left: 18 }
        );
        for quantity in [0, 21, u32::MAX] {
            assert_eq!(
                shop.place_order(&customer, &kit, quantity)
                    .await
                    .unwrap_err(),
                ShopError::Quantity(quantity)
            );
        }
        assert_eq!(shop.stock(&kit).await.unwrap().on_shelf, 18);
    }

    #[tokio::test]
    async fn customers_cannot_see_the_orders_of_others() {
        let shop = Shop::open().unwrap();
        let order = OrderId::parse("SO-11681").unwrap();
        let owner = CustomerId::parse("C-1340").unwrap();
        let other = CustomerId::parse("C-1001").unwrap();
        assert_eq!(
            shop.order(&order, &owner).await.unwrap().status,
            Status::Shipped
        );
        assert_eq!(
            shop.order(&order, &other).await.unwrap_err(),
            ShopError::NoSuchOrder(order)
        );
    }
}
