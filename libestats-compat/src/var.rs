//! `estats_var_array`, or `tcpe_var_array`: every variable this library knows, by flat index.

use std::ffi::{c_char, c_int};

use estats_spec::libraries::Types;
use estats_spec::sets::Var as SpecVar;
use estats_spec::{Id, KernelType, WireType};

use crate::library::{LIBRARY, SET};

/// `TOTAL_NUM_VARS`: number of variables.
pub const TOTAL_NUM_VARS: usize = SET.len();

/// `struct estats_var`.
#[repr(C)]
#[derive(Debug)]
pub struct Var {
    /// Name, NUL-terminated.
    pub name: *const c_char,
    /// `ESTATS_VAL_TYPE`.
    pub valtype: c_int,
    /// `ESTATS_TYPE`; padding in `libtcpe`, and zero there.
    pub r#type: c_int,
}

assert_layout!(Var, size 16, name @ 0, valtype @ 8, r#type @ 12);

/// The variable at a flat index below [`TOTAL_NUM_VARS`].
const fn spec(flat: usize) -> &'static SpecVar {
    match SET.table_index(flat) {
        Some((table, index)) => &SET.tables[table][index],
        None => panic!("no such variable"),
    }
}

/// The type number of a variable in the table.
const fn type_of(var: &SpecVar) -> c_int {
    let instrument = var.id.info();
    match LIBRARY.types {
        Types::None => 0,
        Types::Snmp => instrument.snmp as c_int,
        // The one that this library has under another type than the kernel.
        Types::Kernel if matches!(var.id, Id::SoftErrorReason) => KernelType::Integer as c_int,
        Types::Kernel => instrument.kernel as c_int,
    }
}

/// How each variable is stored, by flat index: programs take the width of a value from the table below.
pub static WIRE_TYPES: [WireType; TOTAL_NUM_VARS] = {
    let mut types = [WireType::U32; TOTAL_NUM_VARS];
    let mut flat = 0;
    while flat < TOTAL_NUM_VARS {
        types[flat] = spec(flat).stored();
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

/// The variables, by flat index.
const VARS: [Var; TOTAL_NUM_VARS] = {
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
        array[flat].valtype = var.stored() as c_int;
        array[flat].r#type = type_of(var);
        start += var.name.len() + 1;
        flat += 1;
    }
    array
};

/// The table of names and types that programs read, by flat index. (`struct tcpe_var` is the same without the type.)
///
/// Executables built against the original hold a copy of it (`R_X86_64_COPY`), so its size and order are as much ABI as a
/// structure's. Writable because the original was; this library itself does not look into it.
#[cfg_attr(
    layout = "l0",
    unsafe(export_name = "tcpe_var_array"),
    expect(non_upper_case_globals, reason = "the name that it has elsewhere")
)]
#[cfg_attr(not(layout = "l0"), unsafe(no_mangle))]
pub static mut estats_var_array: [Var; TOTAL_NUM_VARS] = VARS;

/// The variables once more, where nobody else can write to them.
#[cfg(get_mib = "returns")]
pub(crate) fn originals() -> [Var; TOTAL_NUM_VARS] {
    VARS
}
