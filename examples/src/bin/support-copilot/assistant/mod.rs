//! What the copilot makes of a message: from the customer's words to a [`Plan`].
//!
//! [`decide`] is the place where a model goes. Nothing else in the program would change.

mod decide;
mod memory;
mod message;
mod plan;
#[cfg(test)]
mod tests;

pub(crate) use self::{
    decide::decide,
    memory::Memory,
    plan::{Claim, Plan, Question, Topic},
};
