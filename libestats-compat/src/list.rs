//! `struct list_head` and `struct list_node`: rings of nodes inside the listed structures.
//!
//! The structures of this ABI generation all have their node in front, so a pointer to the node is a pointer to the entry.

use std::ffi::{CStr, c_char};
use std::process;
use std::ptr::NonNull;

use crate::boundary::shield;
use crate::memory;

/// `struct list_node`.
#[repr(C)]
#[derive(Debug)]
pub struct ListNode {
    next: *mut ListNode,
    prev: *mut ListNode,
}

/// `struct list_head`: a node that is not part of an entry. An empty list's head points to itself.
#[repr(C)]
#[derive(Debug)]
pub struct ListHead {
    node: ListNode,
}

assert_layout!(ListNode, size 16, next @ 0, prev @ 8);
assert_layout!(ListHead, size 16, node @ 0);

/// Makes a head an empty list.
///
/// # Safety
/// `head` is valid for writes.
pub(crate) unsafe fn init(head: *mut ListHead) {
    let node: *mut ListNode = head.cast();
    // SAFETY: this function's contract; a head starts with its node.
    unsafe { node.write(ListNode { next: node, prev: node }) };
}

/// Puts an entry at the end. The list owns it from now on.
///
/// # Safety
/// `head` is an initialised list that nobody else uses at the time. `T` starts with its [`ListNode`].
pub(crate) unsafe fn push_back<T>(head: *mut ListHead, entry: NonNull<T>) {
    let head: *mut ListNode = head.cast();
    let node: *mut ListNode = entry.as_ptr().cast();
    // SAFETY: all three nodes are valid by this function's contract.
    unsafe {
        let last = (*head).prev;
        node.write(ListNode { next: head, prev: last });
        (*last).next = node;
        (*head).prev = node;
    }
}

/// Takes the first entry out. The caller owns it from now on.
///
/// # Safety
/// As for [`push_back`], and the list holds nothing but `T`.
unsafe fn pop_front<T>(head: *mut ListHead) -> Option<NonNull<T>> {
    let head: *mut ListNode = head.cast();
    // SAFETY: the nodes of the ring are valid by this function's contract.
    unsafe {
        let first = (*head).next;
        if first == head {
            return None;
        }
        (*head).next = (*first).next;
        (*(*first).next).prev = head;
        NonNull::new(first.cast())
    }
}

/// Empties a list, handing each entry to `release`.
///
/// # Safety
/// As for [`pop_front`]. `release` may be given entries of this list.
pub(crate) unsafe fn clear<T>(head: *mut ListHead, mut release: impl FnMut(NonNull<T>)) {
    // SAFETY: this function's contract.
    while let Some(entry) = unsafe { pop_front(head) } {
        release(entry);
    }
}

/// Empties a list whose entries are plain `malloc` blocks.
///
/// # Safety
/// As for [`pop_front`]; the entries own nothing.
pub(crate) unsafe fn free_entries<T>(head: *mut ListHead) {
    // SAFETY: this function's contract.
    unsafe { clear(head, |entry: NonNull<T>| memory::free(entry.as_ptr())) };
}

/// The entries of a list, first to last.
///
/// # Safety
/// As for [`pop_front`], for as long as the iterator is used.
pub(crate) unsafe fn entries<T>(head: *const ListHead) -> impl Iterator<Item = NonNull<T>> {
    let head: *const ListNode = head.cast();
    // SAFETY: this function's contract; the head is a valid node.
    let mut node = unsafe { (*head).next };
    std::iter::from_fn(move || {
        if node.cast_const() == head {
            return None;
        }
        let entry = NonNull::new(node.cast());
        // SAFETY: the node is part of the ring.
        node = unsafe { (*node).next };
        entry
    })
}

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
