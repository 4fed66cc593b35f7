use crate::{
    assistant::plan::{Plan, Question, Topic},
    shop::{Customer, Sku},
};

/// The context of the conversation, which gives meaning to "it" and "the second one".
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) customer: Option<Customer>,
    pub(super) product: Option<Sku>,
    pub(super) choices: Vec<Sku>,
    pub(super) open_question: Option<Question>,
    pending_plan: Option<Plan>,
}

impl Memory {
    /// Stores the parts of a plan that the next message may refer to.
    pub(crate) fn remember(&mut self, plan: &Plan) {
        match plan {
            Plan::Answer(_, sku) | Plan::Explain(Topic::Product(sku)) => {
                self.product = Some(sku.clone());
                self.open_question = None;
            }
            Plan::Choose(question, choices) => {
                self.choices.clone_from(choices);
                self.open_question = Some(*question);
            }
            Plan::Browse { choices, .. } => {
                self.choices.clone_from(choices);
                self.open_question = None;
            }
            Plan::AskForProduct(question) => self.open_question = Some(*question),
            Plan::AskForIdentity(then) => self.pending_plan = Some((**then).clone()),
            Plan::NeverMind => (self.pending_plan, self.open_question) = (None, None),
            _ => {}
        }
    }

    /// Stores the customer. Returns the plan that was waiting until the customer was identified.
    pub(crate) fn set_customer(&mut self, customer: Customer) -> Option<Plan> {
        self.customer = Some(customer);
        self.pending_plan.take()
    }
}
