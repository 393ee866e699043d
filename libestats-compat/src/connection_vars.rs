//! `struct estats_connection_vars_list`: connections with their values.

use std::mem::offset_of;
use std::ptr::{self, NonNull};

use crate::boundary::{answer, place, shield};
use crate::error::{Error, EstatsError};
use crate::info::ConnectionInfo;
use crate::list::{self, ListHead, ListNode, Listed};
use crate::memory;
use crate::val_data::{self, ValData};

/// `struct estats_connection_vars`: an entry of [`ConnectionVarsList::connection_vars_head`].
#[repr(C)]
#[derive(Debug)]
pub struct ConnectionVars {
    list: ListNode,
    /// The values, owned by the entry.
    pub data: *mut ValData,
}

/// `struct estats_connection_vars_list`.
#[repr(C)]
#[derive(Debug)]
pub struct ConnectionVarsList {
    /// Of [`ConnectionVars`].
    pub connection_vars_head: ListHead,
    /// Of [`ConnectionInfo`]. No function of the library fills it.
    pub connection_info_head: ListHead,
}

// SAFETY: that is the node.
unsafe impl Listed for ConnectionVars {
    const NODE: usize = offset_of!(ConnectionVars, list);
}

assert_layout!(ConnectionVars, size 24, list @ 0, data @ 16);
assert_layout!(ConnectionVarsList, size 32, connection_vars_head @ 0, connection_info_head @ 16);

/// An entry with zeroed values, owned by the caller.
pub(crate) fn create() -> Result<NonNull<ConnectionVars>, Error> {
    let data = val_data::create()?;
    // SAFETY: zero bytes are a valid ConnectionVars.
    match unsafe { memory::zeroed::<ConnectionVars>(0) } {
        Ok(vars) => {
            // SAFETY: freshly allocated.
            unsafe { (*vars.as_ptr()).data = data.as_ptr() };
            Ok(vars)
        }
        Err(error) => {
            // SAFETY: created above and not handed out.
            unsafe { memory::free(data.as_ptr()) };
            Err(error)
        }
    }
}

/// Frees an entry with its values.
///
/// # Safety
/// The entry is one of this library's, in no list, and nobody uses it any more.
pub(crate) unsafe fn release(vars: NonNull<ConnectionVars>) {
    // SAFETY: this function's contract.
    unsafe {
        memory::free((*vars.as_ptr()).data);
        memory::free(vars.as_ptr());
    }
}

/// Sets `*list` to a new empty list, owned by the caller, who frees it with [`estats_connection_vars_list_free`].
///
/// # Safety
/// `list` is NULL or valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_connection_vars_list_new(list: *mut *mut ConnectionVarsList) -> *mut EstatsError {
    answer(|| {
        let slot = place(list)?;
        // SAFETY: the slot is writable; zero bytes are a valid list object, whose heads are then initialised.
        unsafe {
            slot.write(ptr::null_mut());
            let list = memory::zeroed::<ConnectionVarsList>(0)?.as_ptr();
            list::init(&raw mut (*list).connection_vars_head);
            list::init(&raw mut (*list).connection_info_head);
            slot.write(list);
        }
        Ok(())
    })
}

/// Frees a list with all entries and their values, and sets `*list` to NULL.
///
/// # Safety
/// `list` is NULL or valid; `*list` is NULL or a list of this library that nobody uses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_connection_vars_list_free(list: *mut *mut ConnectionVarsList) {
    shield((), || {
        // SAFETY: this function's contract.
        unsafe {
            memory::release_slot(list, |list: NonNull<ConnectionVarsList>| {
                let list = list.as_ptr();
                list::clear(&raw mut (*list).connection_vars_head, |entry| release(entry));
                list::free_entries::<ConnectionInfo>(&raw mut (*list).connection_info_head);
                memory::free(list);
            });
        }
    });
}

/// Sets `*vars` to a new entry with zeroed values, owned by the caller, who frees it with [`estats_connection_vars_free`].
///
/// # Safety
/// `vars` is NULL or valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_connection_vars_new(vars: *mut *mut ConnectionVars) -> *mut EstatsError {
    answer(|| {
        let slot = place(vars)?;
        // SAFETY: the slot is writable.
        unsafe {
            slot.write(ptr::null_mut());
            slot.write(create()?.as_ptr());
        }
        Ok(())
    })
}

/// Frees an entry with its values and sets `*vars` to NULL.
///
/// # Safety
/// `vars` is NULL or valid; `*vars` is NULL or an entry of this library, in no list, that nobody uses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_connection_vars_free(vars: *mut *mut ConnectionVars) {
    // SAFETY: this function's contract.
    shield((), || unsafe { memory::release_slot(vars, |vars| release(vars)) });
}
