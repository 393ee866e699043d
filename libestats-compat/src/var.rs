//! `estats_var_array`: every variable this library knows, by flat index.

use std::ffi::{c_char, c_int};

use estats_spec::WireType;
use estats_spec::sets::{V124B, Var as SpecVar, VarSet};

/// The variable set of this library.
pub static SET: &VarSet = &V124B;

/// `TOTAL_NUM_VARS`: number of variables.
pub const TOTAL_NUM_VARS: usize = V124B.len();

/// `struct estats_var`.
#[repr(C)]
#[derive(Debug)]
pub struct Var {
    /// Name, NUL-terminated.
    pub name: *const c_char,
    /// `ESTATS_VAL_TYPE`.
    pub valtype: c_int,
    /// `ESTATS_TYPE`.
    pub r#type: c_int,
}

assert_layout!(Var, size 16, name @ 0, valtype @ 8, r#type @ 12);

/// The variable at a flat index below [`TOTAL_NUM_VARS`].
const fn spec(flat: usize) -> &'static SpecVar {
    match V124B.table_index(flat) {
        Some((table, index)) => &V124B.tables[table][index],
        None => panic!("no such variable"),
    }
}

/// How each variable is stored, by flat index.
pub static WIRE_TYPES: [WireType; TOTAL_NUM_VARS] = {
    let mut types = [WireType::U32; TOTAL_NUM_VARS];
    let mut flat = 0;
    while flat < TOTAL_NUM_VARS {
        types[flat] = spec(flat).wire;
        flat += 1;
    }
    types
};

/// All names, each with its NUL, one behind the other.
static NAMES: [u8; NAMES_SIZE] = {
    let mut names = [0; NAMES_SIZE];
    let (mut flat, mut end) = (0, 0);
    while flat < TOTAL_NUM_VARS {
        let name = spec(flat).name.as_bytes();
        let mut position = 0;
        while position < name.len() {
            names[end + position] = name[position];
            position += 1;
        }
        end += name.len() + 1;
        flat += 1;
    }
    names
};

const NAMES_SIZE: usize = {
    let (mut flat, mut size) = (0, 0);
    while flat < TOTAL_NUM_VARS {
        size += spec(flat).name.len() + 1;
        flat += 1;
    }
    size
};

/// The table of names and types that programs read, by flat index.
///
/// Executables built against the original hold a copy of it (`R_X86_64_COPY`), so its size and order are as much ABI as a
/// structure's. Writable because the original was; this library itself does not look into it.
#[unsafe(no_mangle)]
pub static mut estats_var_array: [Var; TOTAL_NUM_VARS] = {
    let mut array = [const {
        Var {
            name: std::ptr::null(),
            valtype: 0,
            r#type: 0,
        }
    }; TOTAL_NUM_VARS];
    let (mut flat, mut start) = (0, 0);
    while flat < TOTAL_NUM_VARS {
        let var = spec(flat);
        // SAFETY: `start` is where this name begins in NAMES.
        array[flat].name = unsafe { (&raw const NAMES).cast::<c_char>().add(start) };
        array[flat].valtype = var.wire as c_int;
        array[flat].r#type = var.id.info().snmp as c_int;
        start += var.name.len() + 1;
        flat += 1;
    }
    array
};
