//! The links of a list verified, for programs compiled with `DEBUG`.

use std::ffi::{CStr, c_char};
use std::process;

use super::{ListHead, ListNode};
use crate::boundary::shield;

/// Follows a ring once round. The error is the node whose backward link is wrong, and its position (0 for the first).
///
/// # Safety
/// Every forward link from `first` on is valid and leads back to `first`.
unsafe fn check_ring(first: *const ListNode) -> Result<(), (*const ListNode, usize)> {
    let mut before = first;
    for position in 1.. {
        // SAFETY: this function's contract.
        let node = unsafe { (*before).next.cast_const() };
        // SAFETY: as above.
        let back = unsafe { (*node).prev.cast_const() };
        if node == first {
            return if back == before { Ok(()) } else { Err((first, 0)) };
        }
        if back != before {
            return Err((node, position));
        }
        before = node;
    }
    unreachable!("the loop has no end of its own")
}

/// Verifies the links of the list around a node. Gives the node back, or NULL when they are broken; with a `place`, a broken
/// list is reported on stderr under that name and the program is aborted.
///
/// # Safety
/// `node` is NULL or part of a ring whose forward links are valid; `place` is NULL or a string. Both are borrowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn list_check_node(node: *const ListNode, place: *const c_char) -> *mut ListNode {
    let broken = shield(true, || {
        if node.is_null() {
            return true;
        }
        // SAFETY: this function's contract.
        let Err((culprit, position)) = (unsafe { check_ring(node) }) else {
            return false;
        };
        if !place.is_null() {
            // SAFETY: this function's contract.
            let place = unsafe { CStr::from_ptr(place) }.to_string_lossy();
            eprintln!("{place}: prev corrupt in node {culprit:p} ({position}) of {node:p}");
            process::abort();
        }
        true
    });
    if broken { std::ptr::null_mut() } else { node.cast_mut() }
}

/// [`list_check_node`] from a list's head.
///
/// # Safety
/// As for [`list_check_node`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn list_check(head: *const ListHead, place: *const c_char) -> *mut ListHead {
    // SAFETY: a head starts with its node; the rest is this function's contract.
    unsafe { list_check_node(head.cast(), place) }.cast()
}
