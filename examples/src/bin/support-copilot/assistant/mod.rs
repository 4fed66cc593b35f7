//! Turns a customer's message into a [`Plan`].
//!
//! A language model would replace [`decide()`]; nothing else in the program would change.

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
