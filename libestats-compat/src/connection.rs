//! `struct estats_connection_list`: connections, and who holds them.

use std::mem::offset_of;
use std::ptr::{self, NonNull};

use crate::boundary::{answer, place, shield};
use crate::error::{Error, EstatsError};
use crate::info::ConnectionInfo;
use crate::list::{self, ListHead, ListNode, Listed};
use crate::memory;
use crate::tuple::Tuple;

/// `struct estats_connection`: an entry of [`ConnectionList::connection_head`].
///
/// Old programs cast the entry, or `&connection->rem_addr`, to a tuple, so beside the node it has a tuple's layout.
#[repr(C)]
#[derive(Debug)]
pub struct Connection {
    #[cfg(layout = "l3")]
    list: ListNode,
    /// What the connection is.
    pub tuple: Tuple,
    #[cfg(not(layout = "l3"))]
    list: ListNode,
}

// SAFETY: that is the node.
unsafe impl Listed for Connection {
    const NODE: usize = offset_of!(Connection, list);
}

/// `struct estats_connection_list`.
#[repr(C)]
#[derive(Debug)]
pub struct ConnectionList {
    /// Of [`Connection`].
    pub connection_head: ListHead,
    /// Of [`ConnectionInfo`].
    pub connection_info_head: ListHead,
}

#[cfg(layout = "l3")]
assert_layout!(Connection, size 64, list @ 0, tuple @ 16);
#[cfg(not(layout = "l3"))]
assert_layout!(Connection, size 64, tuple @ 0, list @ 48);
assert_layout!(ConnectionList, size 32, connection_head @ 0, connection_info_head @ 16);

/// Appends a connection to a list, which owns the new entry.
///
/// # Safety
/// `head` is an initialised list of [`Connection`] that nobody else uses at the time.
pub(crate) unsafe fn append(head: *mut ListHead, tuple: Tuple) -> Result<(), Error> {
    // SAFETY: zero bytes are a valid Connection; the rest is this function's contract.
    unsafe {
        let entry = memory::zeroed::<Connection>(0)?;
        (*entry.as_ptr()).tuple = tuple;
        list::push_back(head, entry);
    }
    Ok(())
}

/// Sets `*list` to a new empty list, owned by the caller, who frees it with [`estats_connection_list_free`].
///
/// # Safety
/// `list` is NULL or valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_connection_list_new(list: *mut *mut ConnectionList) -> *mut EstatsError {
    answer(|| {
        let slot = place(list)?;
        // SAFETY: the slot is writable; zero bytes are a valid ConnectionList, whose heads are then initialised.
        unsafe {
            slot.write(ptr::null_mut());
            let list = memory::zeroed::<ConnectionList>(0)?.as_ptr();
            list::init(&raw mut (*list).connection_head);
            list::init(&raw mut (*list).connection_info_head);
            slot.write(list);
        }
        Ok(())
    })
}

/// Frees a list with all entries and sets `*list` to NULL.
///
/// # Safety
/// `list` is NULL or valid; `*list` is NULL or a list of this library that nobody uses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_connection_list_free(list: *mut *mut ConnectionList) {
    shield((), || {
        // SAFETY: this function's contract; the entries own nothing.
        unsafe {
            memory::release_slot(list, |list: NonNull<ConnectionList>| {
                let list = list.as_ptr();
                list::free_entries::<Connection>(&raw mut (*list).connection_head);
                list::free_entries::<ConnectionInfo>(&raw mut (*list).connection_info_head);
                memory::free(list);
            });
        }
    });
}
