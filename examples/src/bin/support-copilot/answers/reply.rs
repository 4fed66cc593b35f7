use copilot_track::tracked_reply;
use time::Date;

use crate::{
    answers::answer::{Answer, Attachment, Outcome},
    assistant::{Claim, Plan, Question},
    shop::{
        Customer, Money, Order, OrderId, Product, Shop, ShopError, Sku, Status, WeeklyPrice, dates,
    },
    tools,
};

/// Carries out a plan and returns the answer.
#[tracked_reply(body = |answer| &answer.text)]
pub(crate) async fn answer(shop: &Shop, plan: &Plan, customer: Option<&Customer>) -> Answer {
    let result = match (plan, customer) {
        (Plan::Answer(Question::Stock, sku), _) => stock(shop, sku).await,
        (Plan::Answer(Question::PriceHistory, sku), _) => history(shop, sku).await,
        (Plan::Answer(Question::Order { quantity }, sku), Some(customer)) => {
            order(shop, customer, sku, *quantity).await
        }
        (Plan::Answer(Question::Price | Question::Description, sku), _) => price(shop, sku).await,
        (Plan::OrderStatus(id), Some(customer)) => status(shop, customer, id.as_ref()).await,
        (Plan::Choose(_, choices), _) => Ok(choose(shop, choices)),
        (Plan::Browse { choices, budget }, _) => Ok(browse(shop, choices, *budget)),
        (Plan::Identify(claim), _) => identify(shop, claim),
        (plan, customer) => Ok(small_talk(plan, customer)),
    };
    result.unwrap_or_else(Answer::from)
}

async fn stock(shop: &Shop, sku: &Sku) -> Result<Answer, ShopError> {
    let level = tools::stock_level(shop, sku).await?;
    let Product { name, price, .. } = shop.product(sku)?;
    let text = match (level.on_shelf, level.restock_on) {
        (0, Some(day)) => format!(
            "The {name} is sold out. The next ones are due on {}.",
            dates::long(day)
        ),
        (0, None) => format!("The {name} is sold out, and no delivery is scheduled."),
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
    let availability = match level.on_shelf {
        0 => "it is sold out at the moment".to_owned(),
        1 => "there is one left in stock".to_owned(),
        on_shelf => format!("{on_shelf} are in stock"),
    };
    Ok(format!("The {name} is {price}, and {availability}.").into())
}

async fn history(shop: &Shop, sku: &Sku) -> Result<Answer, ShopError> {
    let weeks = tools::price_history(shop, sku)?;
    let Product { name, price, .. } = shop.product(sku)?;
    let lowest = weeks.iter().min_by_key(|week| week.price);
    let highest = weeks.iter().max_by_key(|week| week.price);
    let (Some(lowest), Some(highest)) = (lowest, highest) else {
        return Ok(format!("The {name} is {price}; I have no older prices for it.").into());
    };
    let with_week =
        |week: &WeeklyPrice| format!("{} (week of {})", week.price, dates::long(week.week_of));
    let text = format!(
        "The {name} is {price} today. Over the past year, it cost between {} and {}.",
        with_week(lowest),
        with_week(highest)
    );
    Ok(match tools::price_chart(name, weeks).await {
        Ok(png) => {
            Answer::from(text + " Here is the chart.").with_attachment(Attachment::PriceChart {
                sku: sku.clone(),
                png,
            })
        }
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
        "Done, {}: {quantity} × {name}, {} in total. Your order number is {}.{}",
        customer.first_name(),
        order.total(),
        order.id,
        order.due_on.map_or(String::new(), |day| {
            format!(" It should arrive on {}.", dates::long(day))
        })
    );
    Ok(Answer::from(text)
        .with_attachment(Attachment::Order(order.clone()))
        .with_outcome(Outcome::Ordered(order)))
}

async fn status(
    shop: &Shop,
    customer: &Customer,
    id: Option<&OrderId>,
) -> Result<Answer, ShopError> {
    let order = tools::order_status(shop, &customer.id, id).await?;
    let status_text = match order.status {
        Status::Processing => format!("is being packed{}", due_on(&order)),
        Status::Shipped => format!("was shipped{}{}", on_day(order.shipped_on), due_on(&order)),
        Status::Delivered => format!("was delivered{}", on_day(order.delivered_on)),
        Status::Canceled => "was canceled; nothing was charged".to_owned(),
        Status::Returned => "was returned, and the refund is on its way".to_owned(),
    };
    Ok(
        Answer::from(format!("Your order {} {status_text}.", order.id))
            .with_attachment(Attachment::Order(order)),
    )
}

fn on_day(day: Option<Date>) -> String {
    day.map_or(String::new(), |day| format!(" on {}", dates::long(day)))
}

fn due_on(order: &Order) -> String {
    order.due_on.map_or(String::new(), |day| {
        format!(" and should arrive on {}", dates::long(day))
    })
}

fn choose(shop: &Shop, choices: &[Sku]) -> Answer {
    let products = tools::search_products(shop, choices);
    Answer::from("Which of these do you mean?").with_attachment(carousel(&products))
}

fn browse(shop: &Shop, choices: &[Sku], budget: Option<Money>) -> Answer {
    let products = tools::search_products(shop, choices);
    match (&products[..], budget) {
        ([], Some(budget)) => {
            format!("I'm afraid we have none of those for {budget} or less.").into()
        }
        (_, Some(budget)) => Answer::from(format!(
            "These cost {budget} or less. Ask me about any of them."
        ))
        .with_attachment(carousel(&products)),
        (_, None) => Answer::from("Here is what we have. Ask me about any of them.")
            .with_attachment(carousel(&products)),
    }
}

fn carousel(products: &[&Product]) -> Attachment {
    Attachment::Products(products.iter().copied().cloned().collect())
}

fn identify(shop: &Shop, claim: &Claim) -> Result<Answer, ShopError> {
    let customer = tools::find_customer(shop, claim)?.clone();
    let text = format!(
        "Thank you, {}, I found your account.",
        customer.first_name()
    );
    Ok(Answer::from(text).with_outcome(Outcome::Identified(customer)))
}

fn small_talk(plan: &Plan, customer: Option<&Customer>) -> Answer {
    let name = customer.map_or(String::new(), |customer| {
        format!(", {}", customer.first_name())
    });
    match plan {
        Plan::Greet => format!("Hello{name}! What can I do for you?").into(),
        Plan::Thank => format!("You're welcome{name}.").into(),
        Plan::Goodbye => format!("Goodbye{name}, and thank you for stopping by.").into(),
        Plan::AskForProduct(_) => "Which product do you mean?".into(),
        Plan::AskForIdentity(_) => {
            "Sure. What is your email address or your customer number (C-…)?".into()
        }
        Plan::NeverMind => "All right. Anything else?".into(),
        _ => {
            "I didn't get that. Ask me about a product, its stock or price, or one of your orders."
                .into()
        }
    }
}
