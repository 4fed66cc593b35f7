//! A conversation as one HTML file, which can be read and printed without the inspector.
//!
//! The file contains no scripts, and it loads nothing. Text from events is escaped.

mod escape;
mod page;
mod parts;
mod row;
#[cfg(test)]
mod tests;

pub(crate) use self::{
    page::{page_end, page_start},
    row::event_html,
};
