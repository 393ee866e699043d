//! The list given to the caller, as `struct estats_var_data`.

use std::ffi::{CStr, c_int};
use std::ptr::{self, NonNull};
use std::sync::OnceLock;

use estats_protocol::client::Client;
use estats_spec::wire::TABLES;

use crate::boundary::{answer, given, place};
use crate::client::NlClient;
use crate::error::{Error, EstatsError};
use crate::failure::silent;
use crate::library::SET;
use crate::memory;
use crate::val_data::LENGTH;
use crate::var::{self, TOTAL_NUM_VARS, Var};

/// `struct estats_var_data`, followed in memory by `length` [`Var`]s.
#[repr(C)]
#[derive(Debug)]
pub struct VarData {
    /// Number of tables.
    pub num_tables: c_int,
    /// Number of variables of each table.
    pub max_index: *mut c_int,
    /// Number of variables.
    pub length: c_int,
    /// Where the variables start.
    pub var: [Var; 0],
}

assert_layout!(VarData, size 24, num_tables @ 0, max_index @ 8, length @ 16, var @ 24);

/// [`TABLES`] in the type of the field.
#[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "six")]
const NUM_TABLES: c_int = TABLES as c_int;

/// The list in memory that C owns: the object itself, `max_index`, and each name.
fn create() -> Result<NonNull<VarData>, Error> {
    // SAFETY: zero bytes are valid for VarData, Var and integers.
    let (data, sizes) = unsafe {
        (
            memory::zeroed::<VarData>(TOTAL_NUM_VARS * size_of::<Var>())?,
            memory::zeroed::<[c_int; TABLES]>(0)?,
        )
    };
    // SAFETY: freshly allocated, with room for all variables.
    unsafe {
        for (size, table) in (*sizes.as_ptr()).iter_mut().zip(SET.tables) {
            *size = c_int::try_from(table.len()).unwrap_or_default();
        }
        let object = data.as_ptr();
        (*object).num_tables = NUM_TABLES;
        (*object).max_index = sizes.as_ptr().cast();
        (*object).length = LENGTH;
        let first: *mut Var = (&raw mut (*object).var).cast();
        for (flat, variable) in var::originals().into_iter().enumerate() {
            let name = memory::duplicate(CStr::from_ptr(variable.name))?;
            first.add(flat).write(Var {
                name: name.as_ptr(),
                ..variable
            });
        }
    }
    Ok(data)
}

/// Sets `*list` to a new list of the variables. The caller owns it, `max_index` and the names, and gives each to `free()`.
///
/// # Safety
/// `list` is NULL or valid for writes; `client` is NULL or a client of this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_get_mib(list: *mut *mut VarData, client: *const NlClient) -> *mut EstatsError {
    answer(|| {
        let slot = place(list)?;
        // SAFETY: this function's contract.
        unsafe { given(client)? }.lock().ask(Client::mib).map_err(silent)?;
        // SAFETY: the slot is writable.
        unsafe { slot.write(create()?.as_ptr()) };
        Ok(())
    })
}

/// Sets `*list` to the list of the variables, which is the same for every client and stays.
///
/// # Safety
/// `list` is NULL or valid for writes; `client` is NULL or a client of this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_nl_client_get_var_data(
    list: *mut *mut VarData,
    client: *const NlClient,
) -> *mut EstatsError {
    /// The address of the list, made when it is first asked for.
    static LIST: OnceLock<usize> = OnceLock::new();
    answer(|| {
        let slot = place(list)?;
        // SAFETY: this function's contract.
        unsafe { given(client)? };
        let address = if let Some(address) = LIST.get() {
            *address
        } else {
            let address = create()?.as_ptr().expose_provenance();
            *LIST.get_or_init(|| address)
        };
        // SAFETY: the slot is writable.
        unsafe { slot.write(ptr::with_exposed_provenance_mut(address)) };
        Ok(())
    })
}
