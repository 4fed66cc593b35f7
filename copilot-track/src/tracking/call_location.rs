//! Calls that have no static: calls to functions whose attributes have only literal arguments, and
//! to methods that track futures and streams.
//!
//! A static is the part of an expansion that takes longest to compile. A call without a static
//! passes its location, and the calls that have been reported are remembered here.

use std::collections::HashMap;
use std::panic::Location;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::ledger::process_counter::OUT_OF_SCOPE;
use crate::tracking::call_site::CallSite;

/// A function, and the location of the attribute or of the method call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct CallLocation {
    /// The name that warnings use.
    pub(crate) function: &'static str,
    pub(crate) location: &'static Location<'static>,
}

/// The call sites that were used outside any conversation. There is at most one for each
/// [`CallLocation`].
static CALL_SITES: OnceLock<Mutex<HashMap<CallLocation, &'static CallSite>>> = OnceLock::new();

const SLOT_BITS: u32 = 9;
const SLOTS: usize = 1 << SLOT_BITS;

/// The keys of calls that have been reported, so that most calls need no lock. The first bits of a
/// key select its slot. If two keys have the same slot, each call checks `CALL_SITES`.
static REPORTED: [AtomicU64; SLOTS] = [const { AtomicU64::new(0) }; SLOTS];

/// Counts a call outside any conversation, and logs one warning per function. `texts` starts with
/// the function's name, which ends at `name_end`.
pub(crate) fn count_out_of_scope(
    texts: &'static str,
    name_end: usize,
    location: &'static Location<'static>,
) {
    OUT_OF_SCOPE.count();
    let key = key(texts, location);
    if slot(key).load(Ordering::Relaxed) != key {
        report(texts, name_end, location);
    }
}

#[cold]
#[inline(never)]
fn report(texts: &'static str, name_end: usize, location: &'static Location<'static>) {
    let function = texts.get(..name_end).unwrap_or(texts);
    CallLocation { function, location }.call_site().warn();
    let key = key(texts, location);
    slot(key).store(key, Ordering::Relaxed);
}

/// Returns a number that identifies a call. It depends on the function, because a macro can
/// generate several functions at one location.
fn key(texts: &'static str, location: &'static Location<'static>) -> u64 {
    let location = ptr::from_ref(location).addr() as u64;
    let texts = texts.as_ptr().addr() as u64;
    (location.rotate_left(32) ^ texts).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

fn slot(key: u64) -> &'static AtomicU64 {
    &REPORTED[(key >> (u64::BITS - SLOT_BITS)) as usize]
}

impl CallLocation {
    /// Returns the call site. The same function at the same location has the same call site.
    pub(crate) fn call_site(self) -> &'static CallSite {
        let sites = CALL_SITES.get_or_init(Mutex::default);
        let mut sites = sites.lock().unwrap_or_else(PoisonError::into_inner);
        sites
            .entry(self)
            .or_insert_with(|| Box::leak(Box::new(CallSite::at(self.function, self.location))))
    }
}
