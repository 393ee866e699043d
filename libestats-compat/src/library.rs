//! Which of the libraries this is.
//!
//! All are made of this source. What differs in form, the members of a structure or whether a function is there, is chosen by
//! the options `layout`, `get_mib` and `list_check`, which the build script sets; what differs in number comes from here.

use estats_spec::libraries::Library;
use estats_spec::sets::VarSet;

/// This library.
pub const LIBRARY: &Library = include!(concat!(env!("OUT_DIR"), "/library.rs"));

/// Its variables.
pub const SET: &VarSet = LIBRARY.set;
