//! The index for searches.
//!
//! The `search_blocks` table has one row for each block of consecutive events. A block contains
//! the searchable fields of its events in lowercase, each distinct string once, so a search reads a
//! small part of the database in large pieces. The signature of a block shows that a text is not in
//! the block, so most blocks are not read at all.
//!
//! Blocks are only appended, and removed when all of their events have been evicted. Events after
//! the last block, at most [`block::MAX_EVENTS`] of them, are searched directly. If the index is
//! missing or damaged, the same is true of all events that are not in a block, and the writer
//! thread adds them to the index while no requests are waiting.

mod block;
mod block_search;
pub(super) mod find;
pub(super) mod indexer;
mod signature;
pub(super) mod status;
#[cfg(test)]
mod tests;
mod varint;
