//! `struct list_head` and `struct list_node`: rings of nodes inside the listed structures.
//!
//! Layout L3 has the node in front of what is listed, the older ones behind it.

#[cfg(list_check)]
mod check;

use std::ptr::NonNull;

#[cfg(list_check)]
pub use self::check::*;
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

/// What can be in a list.
///
/// # Safety
/// There is a [`ListNode`] at the offset [`Listed::NODE`].
pub(crate) unsafe trait Listed: Sized {
    /// Where the node is, in bytes from the start.
    const NODE: usize;
}

/// The node of an entry.
fn node_of<T: Listed>(entry: NonNull<T>) -> *mut ListNode {
    entry.as_ptr().wrapping_byte_add(T::NODE).cast()
}

/// The entry of a node.
fn entry_of<T: Listed>(node: *mut ListNode) -> Option<NonNull<T>> {
    NonNull::new(node.wrapping_byte_sub(T::NODE).cast())
}

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
/// `head` is an initialised list that nobody else uses at the time.
pub(crate) unsafe fn push_back<T: Listed>(head: *mut ListHead, entry: NonNull<T>) {
    let head: *mut ListNode = head.cast();
    let node = node_of(entry);
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
unsafe fn pop_front<T: Listed>(head: *mut ListHead) -> Option<NonNull<T>> {
    let head: *mut ListNode = head.cast();
    // SAFETY: the nodes of the ring are valid by this function's contract.
    unsafe {
        let first = (*head).next;
        if first == head {
            return None;
        }
        (*head).next = (*first).next;
        (*(*first).next).prev = head;
        entry_of(first)
    }
}

/// Empties a list, handing each entry to `release`.
///
/// # Safety
/// As for [`pop_front`]. `release` may be given entries of this list.
pub(crate) unsafe fn clear<T: Listed>(head: *mut ListHead, mut release: impl FnMut(NonNull<T>)) {
    // SAFETY: this function's contract.
    while let Some(entry) = unsafe { pop_front(head) } {
        release(entry);
    }
}

/// Empties a list whose entries are plain `malloc` blocks.
///
/// # Safety
/// As for [`pop_front`]; the entries own nothing.
pub(crate) unsafe fn free_entries<T: Listed>(head: *mut ListHead) {
    // SAFETY: this function's contract.
    unsafe { clear(head, |entry: NonNull<T>| memory::free(entry.as_ptr())) };
}

/// The entries of a list, first to last.
///
/// # Safety
/// As for [`pop_front`], for as long as the iterator is used.
pub(crate) unsafe fn entries<T: Listed>(head: *const ListHead) -> impl Iterator<Item = NonNull<T>> {
    let head: *const ListNode = head.cast();
    // SAFETY: this function's contract; the head is a valid node.
    let mut node = unsafe { (*head).next };
    std::iter::from_fn(move || {
        if node.cast_const() == head {
            return None;
        }
        let entry = entry_of(node);
        // SAFETY: the node is part of the ring.
        node = unsafe { (*node).next };
        entry
    })
}
