//! The C libraries that programs were linked with, one line of them after the other.
//!
//! They hardly differ in what they do. They differ in the names that they export, in the layout of their structures, and in
//! the variables at each index; and most of them have the same file name. A program runs with the library whose generation
//! it was compiled for, and with no other.

use crate::sets::{self, VarSet};
use crate::wire::{Generation, W1, W1T, W2, W3, W3P};

/// The layout of the public structures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `tcpe_*`: an interface of its own, addresses with their type in a 17th byte.
    L0,
    /// `estats_*`, addresses with their type in a 17th byte.
    L1,
    /// Addresses of 16 bytes, the type beside them.
    L2,
    /// As L2, with the list node in front of what is listed.
    L3,
}

impl Layout {
    /// The name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Layout::L0 => "l0",
            Layout::L1 => "l1",
            Layout::L2 => "l2",
            Layout::L3 => "l3",
        }
    }
}

/// What `estats_get_mib` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GetMib {
    /// There is no such function.
    Absent,
    /// It gives a `struct estats_var_data` to its caller.
    Returns,
    /// It prints the variables on stdout.
    Prints,
}

/// What numbers the types in its table of variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Types {
    /// The table has no types, only widths.
    None,
    /// [`SnmpType`](crate::SnmpType).
    Snmp,
    /// [`KernelType`](crate::KernelType).
    Kernel,
}

/// One line of libraries.
#[derive(Debug)]
pub struct Library {
    /// Name of the generation: the layout, with `i` or `x` for a variety of it, and the variable set.
    pub generation: &'static str,
    /// What programs ask the dynamic linker for.
    pub soname: &'static str,
    /// Name of the drop-in among the files that are built: `lib<artifact>.so`.
    pub artifact: &'static str,
    /// Its structures.
    pub layout: Layout,
    /// Its variables.
    pub set: &'static VarSet,
    /// What it speaks with the kernel.
    pub wire: &'static Generation,
    /// The types of its variables.
    pub types: Types,
    /// `MAX_TABLE`: number of tables in a `struct estats_mask`.
    pub masked_tables: usize,
    /// `*_ERR_UNKNOWN`, the last error number: newer libraries have inserted others before it.
    pub unknown_error: i32,
    /// What `estats_get_mib` does.
    pub get_mib: GetMib,
    /// Whether `list_check` and `list_check_node` are exported, for programs compiled with `DEBUG`.
    pub list_check: bool,
}

/// The last one: tag `kernel-4.18` of `web10g-userland`, and master.
pub static L3_V124B: Library = Library {
    generation: "l3-v124b",
    soname: "libestats.so.1",
    artifact: "estats",
    layout: Layout::L3,
    set: &sets::V124B,
    wire: &W3P,
    types: Types::Snmp,
    masked_tables: 6,
    unknown_error: 15,
    get_mib: GetMib::Prints,
    list_check: true,
};

/// Tag `kernel-4.8`.
pub static L3_V122: Library = Library {
    generation: "l3-v122",
    artifact: "estats_l3_v122",
    set: &sets::V122,
    ..L3_V124B
};

/// Tags `kernel-4.7-and-earlier` and `use-with-centos-3.10`.
pub static L3_V124A: Library = Library {
    generation: "l3-v124a",
    artifact: "estats_l3_v124a",
    set: &sets::V124A,
    ..L3_V124B
};

/// August 2015 to March 2017.
pub static L3_V120: Library = Library {
    generation: "l3-v120",
    artifact: "estats_l3_v120",
    set: &sets::V120,
    ..L3_V124B
};

/// June to August 2015.
pub static L3_V116: Library = Library {
    generation: "l3-v116",
    artifact: "estats_l3_v116",
    set: &sets::V116,
    ..L3_V124B
};

/// September 2014 to June 2015.
pub static L3_V123: Library = Library {
    generation: "l3-v123",
    artifact: "estats_l3_v123",
    set: &sets::V123,
    ..L3_V124B
};

/// May to September 2014.
pub static L2X_V123: Library = Library {
    generation: "l2x-v123",
    artifact: "estats_l2x_v123",
    layout: Layout::L2,
    wire: &W3,
    ..L3_V123
};

/// March 2014, a branch that asked the kernel for its variables.
pub static L2I_V123G: Library = Library {
    generation: "l2i-v123g",
    artifact: "estats_l2i_v123g",
    set: &sets::V123G,
    types: Types::Kernel,
    get_mib: GetMib::Returns,
    ..L2X_V123
};

/// July 2013 to May 2014.
pub static L2_V121: Library = Library {
    generation: "l2-v121",
    artifact: "estats_l2_v121",
    set: &sets::V121,
    wire: &W2,
    masked_tables: 5,
    get_mib: GetMib::Absent,
    ..L2X_V123
};

/// Release 2.0.7, June 2013.
pub static L1_V117: Library = Library {
    generation: "l1-v117",
    artifact: "estats_l1_v117",
    layout: Layout::L1,
    set: &sets::V117,
    wire: &W1T,
    unknown_error: 14,
    ..L2_V121
};

/// Release 2.0.6.2, April 2013: the same under another name.
pub static L1_V117_SO0: Library = Library {
    soname: "libestats.so.0",
    artifact: "estats_l1_v117_so0",
    list_check: false,
    ..L1_V117
};

/// Release 2.0.4, 2012.
pub static L0_V117: Library = Library {
    generation: "l0-v117",
    soname: "libtcpe.so.1",
    artifact: "tcpe_l0_v117",
    layout: Layout::L0,
    wire: &W1,
    types: Types::None,
    unknown_error: 12,
    ..L1_V117_SO0
};

/// All libraries, newest first.
pub static ALL: [&Library; 12] = [
    &L3_V124B,
    &L3_V122,
    &L3_V124A,
    &L3_V120,
    &L3_V116,
    &L3_V123,
    &L2X_V123,
    &L2I_V123G,
    &L2_V121,
    &L1_V117,
    &L1_V117_SO0,
    &L0_V117,
];
