//! Replaces the spool when the `spool` feature is disabled.

use std::ops::Range;

use bytes::Bytes;

use crate::delivery::retry::StoredRetries;
use crate::privacy::content::Content;

/// A type without values, because there is no spool without the `spool` feature.
#[derive(Debug)]
pub(crate) enum DiskQueue {}

/// Mirrors the spool's `SpoolRecord`.
#[derive(Debug)]
#[allow(dead_code, reason = "it is created, but no spool reads it")]
pub(crate) struct SpoolRecord {
    pub(crate) content: Content,
    pub(crate) content_properties: String,
    pub(crate) json: Bytes,
}

/// Mirrors the spool's `UnsentRecord`.
#[derive(Debug)]
pub(crate) struct UnsentRecord {
    pub(crate) number: u64,
    pub(crate) size: usize,
    pub(crate) json: Bytes,
    pub(crate) is_from_disk: bool,
}

/// The methods of the spool that the worker calls.
#[allow(
    clippy::needless_pass_by_ref_mut,
    clippy::unused_self,
    reason = "the signatures are those of the spool"
)]
impl DiskQueue {
    pub(crate) fn can_stage(&self) -> bool {
        match *self {}
    }

    pub(crate) fn has_room(&self, _: usize) -> bool {
        match *self {}
    }

    pub(crate) fn is_half_empty(&self) -> bool {
        match *self {}
    }

    pub(crate) fn add(&mut self, _: SpoolRecord) {
        match *self {}
    }

    pub(crate) fn next_number(&self) -> u64 {
        match *self {}
    }

    pub(crate) fn first_unsent(&self) -> u64 {
        match *self {}
    }

    pub(crate) fn committed(&self) -> u64 {
        match *self {}
    }

    pub(crate) fn unwritten(&self) -> u64 {
        match *self {}
    }

    pub(crate) fn next_retries(&mut self) -> Option<(u64, StoredRetries)> {
        match *self {}
    }

    pub(crate) fn set_retries(&mut self, _: Range<u64>, _: StoredRetries) {
        match *self {}
    }

    pub(crate) fn remove_retries(&mut self, _: &Range<u64>) {
        match *self {}
    }

    pub(crate) fn take(&mut self) -> Option<UnsentRecord> {
        match *self {}
    }

    pub(crate) fn read_again(&mut self, _: &[(u64, usize)]) -> Option<Vec<UnsentRecord>> {
        match *self {}
    }

    pub(crate) fn take_damaged(&mut self) -> u64 {
        match *self {}
    }

    pub(crate) fn take_lost(&mut self) -> u64 {
        match *self {}
    }

    pub(crate) fn remove(&mut self, _: u64, _: usize) {
        match *self {}
    }

    pub(crate) fn is_failing(&self) -> bool {
        match *self {}
    }

    pub(crate) fn is_disk_stuck(&self) -> bool {
        match *self {}
    }

    pub(crate) fn commit_if_due(&mut self, _: bool, _: bool) {
        match *self {}
    }

    pub(crate) fn commit(&mut self) {
        match *self {}
    }
}
