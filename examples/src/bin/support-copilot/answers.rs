//! What the copilot says: [`answer`] at once, [`tell`] word by word.
//!
//! A model would word these. The two attributes make a Message Received of each; the tools that an
//! answer calls, and the chart that it draws, hang on that message.

use std::{sync::Arc, time::Duration};

use copilot_track::tracked_reply;
use futures_util::{FutureExt as _, Stream, StreamExt as _, stream};
use time::Date;

use crate::{
    assistant::{Ask, Claim, Plan, Topic},
    shop::{
        Customer, MOST_PER_ORDER, Money, Order, OrderId, Product, Shop, ShopError, Sku, Status,
        WeeklyPrice, day,
    },
    tools,
};

/// An answer: words, and what goes with them.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) shows: Option<Shows>,
    pub(crate) outcome: Option<Outcome>,
}

/// What is shown beside the words.
#[derive(Debug)]
pub(crate) enum Shows {
    Products(Vec<Product>),
    Order(Order),
    PriceChart { sku: Sku, png: Vec<u8> },
}

/// What has happened, beyond words.
#[derive(Debug)]
pub(crate) enum Outcome {
    Identified(Customer),
    Ordered(Order),
}

impl From<String> for Answer {
    fn from(text: String) -> Self {
        Self {
            text,
            shows: None,
            outcome: None,
        }
    }
}

impl From<&str> for Answer {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// A tool's error is an answer too: it says what is wrong in the customer's words.
impl From<ShopError> for Answer {
    fn from(error: ShopError) -> Self {
        format!("Sorry, {error}.").into()
    }
}

impl Answer {
    fn showing(mut self, shows: Shows) -> Self {
        self.shows = Some(shows);
        self
    }

    fn with(mut self, outcome: Outcome) -> Self {
        self.outcome = Some(outcome);
        self
    }
}

/// Answers at once.
#[tracked_reply(body = |answer| &answer.text)]
pub(crate) async fn answer(shop: &Shop, plan: &Plan, customer: Option<&Customer>) -> Answer {
    let answered = match (plan, customer) {
        (Plan::Ask(Ask::Stock, sku), _) => stock(shop, sku).await,
        (Plan::Ask(Ask::PriceHistory, sku), _) => history(shop, sku).await,
        (Plan::Ask(Ask::Order { quantity }, sku), Some(customer)) => {
            order(shop, customer, sku, *quantity).await
        }
        (Plan::Ask(Ask::Price | Ask::Description, sku), _) => price(shop, sku).await,
        (Plan::OrderStatus(id), Some(customer)) => status(shop, customer, id.as_ref()).await,
        (Plan::Choose(_, choices), _) => Ok(choose(shop, choices)),
        (Plan::Browse { choices, budget }, _) => Ok(browse(shop, choices, *budget)),
        (Plan::Identify(claim), _) => identify(shop, claim),
        (plan, customer) => Ok(small_talk(plan, customer)),
    };
    answered.unwrap_or_else(Answer::from)
}

async fn stock(shop: &Shop, sku: &Sku) -> Result<Answer, ShopError> {
    let level = tools::stock_level(shop, sku).await?;
    let Product { name, price, .. } = shop.product(sku)?;
    let text = match (level.on_shelf, level.restock_on) {
        (0, Some(day)) => format!(
            "The {name} is sold out. The next ones are due on {}.",
            day::spoken(day)
        ),
        (0, None) => format!("The {name} is sold out, and I don't know of a next delivery."),
        (1, _) => format!("There is one {name} left, at {price}."),
        (few @ 2..5, _) => format!("Only {few} of the {name} are left, at {price} each."),
        (many, _) => format!("Yes, the {name} is in stock: {many} left, at {price} each."),
    };
    Ok(text.into())
}

async fn price(shop: &Shop, sku: &Sku) -> Result<Answer, ShopError> {
    let product = tools::look_up_product(shop, sku)?;
    let level = tools::stock_level(shop, sku).await?;
    let Product { name, price, .. } = product;
    let shelf = match level.on_shelf {
        0 => "it is sold out at the moment".to_owned(),
        on_shelf => format!("{on_shelf} are in stock"),
    };
    Ok(format!("The {name} is {price}, and {shelf}.").into())
}

async fn history(shop: &Shop, sku: &Sku) -> Result<Answer, ShopError> {
    let weeks = tools::price_history(shop, sku)?;
    let Product { name, price, .. } = shop.product(sku)?;
    let lowest = weeks.iter().min_by_key(|week| week.price);
    let highest = weeks.iter().max_by_key(|week| week.price);
    let (Some(lowest), Some(highest)) = (lowest, highest) else {
        return Ok(format!("The {name} is {price}; I have no older prices of it.").into());
    };
    let said =
        |week: &WeeklyPrice| format!("{} (week of {})", week.price, day::spoken(week.week_of));
    let text = format!(
        "The {name} is {price} today. Over the past year it cost between {} and {}.",
        said(lowest),
        said(highest)
    );
    Ok(match tools::price_chart(name, weeks).await {
        Ok(png) => Answer::from(text + " Here is the chart.").showing(Shows::PriceChart {
            sku: sku.clone(),
            png,
        }),
        Err(_) => Answer::from(text + " I could not draw the chart, sorry."),
    })
}

async fn order(
    shop: &Shop,
    customer: &Customer,
    sku: &Sku,
    quantity: u32,
) -> Result<Answer, ShopError> {
    let order = match tools::place_order(shop, &customer.id, sku, quantity).await {
        Err(ShopError::NotEnough { left: 0 }) => return stock(shop, sku).await,
        order => order?,
    };
    let name = &shop.product(sku)?.name;
    let text = format!(
        "Done, {}: {quantity} × {name}, {} in all. It is order {}{}.",
        customer.first_name(),
        order.total(),
        order.id,
        due(&order)
    );
    Ok(Answer::from(text)
        .showing(Shows::Order(order.clone()))
        .with(Outcome::Ordered(order)))
}

async fn status(
    shop: &Shop,
    customer: &Customer,
    id: Option<&OrderId>,
) -> Result<Answer, ShopError> {
    let order = tools::order_status(shop, &customer.id, id).await?;
    let news = match order.status {
        Status::Processing => format!("is being packed{}", due(&order)),
        Status::Shipped => format!("was shipped{}{}", on(order.shipped_on), due(&order)),
        Status::Delivered => format!("was delivered{}", on(order.delivered_on)),
        Status::Cancelled => "was cancelled; nothing was charged".to_owned(),
        Status::Returned => "came back to us, and the refund is on its way".to_owned(),
    };
    Ok(Answer::from(format!("Your order {} {news}.", order.id)).showing(Shows::Order(order)))
}

fn on(day: Option<Date>) -> String {
    day.map_or(String::new(), |day| format!(" on {}", day::spoken(day)))
}

fn due(order: &Order) -> String {
    order.due_on.map_or(String::new(), |day| {
        format!(", and should be with you on {}", day::spoken(day))
    })
}

fn choose(shop: &Shop, choices: &[Sku]) -> Answer {
    let products = tools::search_products(shop, choices);
    Answer::from("Which of these do you mean?").showing(shows(&products))
}

fn browse(shop: &Shop, choices: &[Sku], budget: Option<Money>) -> Answer {
    let products = tools::search_products(shop, choices);
    match (&products[..], budget) {
        ([], Some(budget)) => {
            format!("I'm afraid we have none of those at {budget} or less.").into()
        }
        (_, Some(budget)) => Answer::from(format!(
            "These are {budget} or less. Ask me about any of them."
        ))
        .showing(shows(&products)),
        (_, None) => Answer::from("Here is what we have. Ask me about any of them.")
            .showing(shows(&products)),
    }
}

fn shows(products: &[&Product]) -> Shows {
    Shows::Products(products.iter().copied().cloned().collect())
}

fn identify(shop: &Shop, claim: &Claim) -> Result<Answer, ShopError> {
    let customer = tools::find_customer(shop, claim)?.clone();
    let text = format!(
        "Thank you, {}, I found your account.",
        customer.first_name()
    );
    Ok(Answer::from(text).with(Outcome::Identified(customer)))
}

fn small_talk(plan: &Plan, customer: Option<&Customer>) -> Answer {
    let name = customer.map_or(String::new(), |customer| {
        format!(", {}", customer.first_name())
    });
    match plan {
        Plan::Greet => format!("Hello{name}! What can I do for you?").into(),
        Plan::Thank => format!("You're welcome{name}.").into(),
        Plan::Goodbye => format!("Goodbye{name}, and thank you for stopping by.").into(),
        Plan::WhichProduct(_) => "Which product do you mean?".into(),
        Plan::WhoAreYou(_) => {
            "Gladly. What is your e-mail address, or your customer number (C-…)?".into()
        }
        Plan::NeverMind => "All right. Anything else?".into(),
        _ => "I didn't get that. Ask me about a product, its stock or price, or an order of yours."
            .into(),
    }
}

/// Tells at some length, as a stream of words. `pace` is the pause between them.
#[tracked_reply]
pub(crate) fn tell(
    shop: Arc<Shop>,
    topic: Topic,
    pace: Duration,
) -> impl Stream<Item = String> + Send {
    let text = async move {
        match topic {
            Topic::Product(sku) => describe(&shop, &sku)
                .await
                .unwrap_or_else(|error| Answer::from(error).text),
            Topic::Returns => RETURNS.to_owned(),
            Topic::Shipping => SHIPPING.to_owned(),
            Topic::Help => format!("{HELP} I can order up to {MOST_PER_ORDER} of one product."),
        }
    };
    // A model's tokens would come from the network; these words come from the text.
    text.into_stream()
        .flat_map(|text| {
            let words: Vec<_> = text.split_inclusive(' ').map(str::to_owned).collect();
            stream::iter(words)
        })
        .then(move |word| async move {
            if !pace.is_zero() {
                tokio::time::sleep(pace).await;
            }
            word
        })
}

async fn describe(shop: &Shop, sku: &Sku) -> Result<String, ShopError> {
    let product = tools::look_up_product(shop, sku)?;
    let stock = tools::stock_level(shop, sku).await?;
    let Product {
        name,
        description,
        weight_g,
        price,
        ..
    } = product;
    let shelf = match stock.on_shelf {
        0 => "sold out for now".to_owned(),
        on_shelf => format!("{on_shelf} of them are on the shelf"),
    };
    Ok(format!(
        "The {name}: {description} It weighs {weight_g} g and costs {price}; {shelf}. Shall I order \
         one for you, or show you its price history?"
    ))
}

const RETURNS: &str = "You can send anything back within 60 days, used or not, as long as we can \
    sell it on or learn from it. The label is free; the refund reaches you about three days after \
    the parcel reaches us. And whatever breaks within five years, we repair or replace.";

const SHIPPING: &str = "Orders placed before noon leave the same day. They take two to four days, \
    cost $4.90, and nothing from $60. You get a tracking number by e-mail, and you can ask me where \
    your order is at any time.";

const HELP: &str = "I know our catalogue, what is on the shelf, and your orders. Ask me, for \
    example, whether the Super Widget is in stock, for its price history, for lanterns under $40, \
    where your order is, or to order two of something.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assistant::{Memory, decide};

    async fn say(messages: &[&str]) -> Answer {
        let shop = Shop::open().unwrap();
        let mut memory = Memory::default();
        let mut last = None;
        for message in messages {
            let plan = decide(message, &memory, shop.catalogue());
            memory.note(&plan);
            let mut said = answer(&shop, &plan, memory.customer.as_ref()).await;
            if let Some(Outcome::Identified(customer)) = said.outcome.take()
                && let Some(waiting) = memory.welcome(customer)
            {
                said = answer(&shop, &waiting, memory.customer.as_ref()).await;
            }
            last = Some(said);
        }
        last.unwrap()
    }

    #[tokio::test]
    async fn answers_come_from_the_shop() {
        for (message, text) in [
            (
                "is the super widget in stock",
                "Yes, the Super Widget is in stock: 37 left, at $19.99 each.",
            ),
            (
                "is the super widget deluxe in stock",
                "The Super Widget Deluxe is sold out. The next ones are due on 29 June.",
            ),
            (
                "how much is the mini widget",
                "The Mini Widget is $8.99, and 212 are in stock.",
            ),
            (
                "nobody@example.com",
                "Sorry, I can't find an account for nobody@example.com.",
            ),
            (
                "lanterns under $3",
                "I'm afraid we have none of those at $3.00 or less.",
            ),
        ] {
            assert_eq!(say(&[message]).await.text, text);
        }
    }

    #[tokio::test]
    async fn an_order_waits_for_a_name_and_is_placed() {
        let done = say(&["order two mini widgets", "priya.haddad@example.com"]).await;
        let Some(Outcome::Ordered(order)) = done.outcome else {
            panic!("{done:?}")
        };
        assert_eq!(order.lines[0].quantity, 2);
        assert_eq!(order.total().to_string(), "$17.98");
        assert!(
            done.text
                .starts_with("Done, Priya: 2 × Mini Widget, $17.98 in all.")
        );
    }

    #[tokio::test]
    async fn an_order_that_cannot_be_placed_says_why() {
        for (message, text) in [
            ("order a super widget deluxe", "sold out"),
            (
                "order 19 widget repair kits",
                "Sorry, only 18 left on the shelf.",
            ),
            ("order 5000 mini widgets", "5000 is for our sales team"),
        ] {
            let said = say(&["C-1340", message]).await;
            assert!(said.text.contains(text), "{}", said.text);
            assert!(said.outcome.is_none());
        }
    }

    #[tokio::test]
    async fn a_chart_comes_with_the_price_history() {
        let said = say(&["price history of the super widget"]).await;
        let Some(Shows::PriceChart { png, .. }) = said.shows else {
            panic!("{said:?}")
        };
        assert!(png.starts_with(b"\x89PNG"));
    }

    #[tokio::test]
    async fn a_stream_gives_every_word_of_the_text() {
        let shop = Arc::new(Shop::open().unwrap());
        let words: Vec<_> = tell(shop, Topic::Returns, Duration::ZERO).collect().await;
        assert!(words.len() > 20);
        assert_eq!(words.concat(), RETURNS);
    }
}
