use crate::{
    assistant::plan::{Ask, Plan, Topic},
    shop::{Customer, Sku},
};

/// What the conversation is about: what "it" and "the second one" mean.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) customer: Option<Customer>,
    pub(super) product: Option<Sku>,
    pub(super) choices: Vec<Sku>,
    pub(super) asked: Option<Ask>,
    waiting: Option<Plan>,
}

impl Memory {
    /// Keeps what the next message may refer to.
    pub(crate) fn note(&mut self, plan: &Plan) {
        match plan {
            Plan::Ask(_, sku) | Plan::Tell(Topic::Product(sku)) => {
                self.product = Some(sku.clone());
                self.asked = None;
            }
            Plan::Choose(ask, choices) => {
                self.choices.clone_from(choices);
                self.asked = Some(*ask);
            }
            Plan::Browse { choices, .. } => {
                self.choices.clone_from(choices);
                self.asked = None;
            }
            Plan::WhichProduct(ask) => self.asked = Some(*ask),
            Plan::WhoAreYou(then) => self.waiting = Some((**then).clone()),
            Plan::NeverMind => (self.waiting, self.asked) = (None, None),
            _ => {}
        }
    }

    /// The customer is known now: what was waiting for that.
    pub(crate) fn welcome(&mut self, customer: Customer) -> Option<Plan> {
        self.customer = Some(customer);
        self.waiting.take()
    }
}
