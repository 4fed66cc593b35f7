//! Unsafe functions, whose bodies may use unsafe operations.

#![deny(warnings)]
#![allow(unsafe_op_in_unsafe_fn)]

use copilot_track::{tracked_media, tracked_reply, tracked_tool};

#[tracked_tool(type = "t")]
unsafe fn plain(pointer: *const u8) -> u8 {
    *pointer
}

#[tracked_tool(type = "t", record(outcome))]
unsafe extern "C" fn external(pointer: *const u8) -> u8 {
    if pointer.is_null() {
        return 0;
    }
    *pointer
}

#[tracked_media(type = "image", sub_type = "png")]
async unsafe fn later(pointer: *const u8) -> Option<u8> {
    Some(*pointer.as_ref()?)
}

#[tracked_reply(body = ToString::to_string)]
unsafe fn reply(pointer: *const u8) -> u8 {
    *pointer
}

fn main() {
    let n = 1;
    // SAFETY: a reference is a valid pointer.
    unsafe {
        assert_eq!(plain(&n) + external(&n) + reply(&n), 3);
        drop(later(&n));
    }
}
