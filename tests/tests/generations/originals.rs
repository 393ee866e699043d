//! The originals, as they were measured.

use crate::wire::{W1, W1T, W2, W3P, Wire};

/// A library as programs know it.
pub(crate) struct Original {
    /// Name of the generation.
    pub(crate) generation: &'static str,
    /// What cargo calls the drop-in.
    pub(crate) file: &'static str,
    pub(crate) soname: &'static str,
    /// Which program is compiled for it, and with which header.
    pub(crate) header: Option<&'static str>,
    /// The variables: name, width, type.
    pub(crate) variables: &'static str,
    /// Size of the table of variables, in octets: what programs have a copy of.
    pub(crate) table: u64,
    /// What it exports beside the functions that all `libestats` have.
    pub(crate) more: &'static [&'static [&'static str]],
    /// The last error number.
    pub(crate) unknown: i32,
    /// What it spoke with the kernel.
    pub(crate) wire: Wire,
    /// Variables in each of the tables PERF to EXTRAS.
    pub(crate) sizes: [u16; 6],
}

const LIST_CHECK: &[&str] = &["list_check", "list_check_node"];
const GET_MIB: &[&str] = &["estats_get_mib"];
const VAR_DATA: &[&str] = &["estats_nl_client_get_var_data"];
const TUPLE_COPY: &[&str] = &["estats_connection_tuple_copy"];
const ACTIVITY: &[&str] = &[
    "estats_connection_vars_free",
    "estats_connection_vars_list_free",
    "estats_connection_vars_list_new",
    "estats_connection_vars_new",
    "estats_get_timestamp",
    "estats_list_conns_active_since",
    "estats_list_conns_active_within",
    "estats_list_conns_vars",
    "estats_list_conns_vars_active_since",
    "estats_list_conns_vars_active_within",
];

/// Layout L3 with some set.
const fn l3(
    generation: &'static str,
    file: &'static str,
    variables: &'static str,
    table: u64,
    sizes: [u16; 6],
) -> Original {
    Original {
        generation,
        file,
        soname: "libestats.so.1",
        header: Some("l3.h"),
        variables,
        table,
        more: &[LIST_CHECK, GET_MIB, ACTIVITY],
        unknown: 15,
        wire: W3P,
        sizes,
    }
}

const V117: &str = include_str!("variables/v117.txt");
const V121: &str = include_str!("variables/v121.txt");
const V123G: &str = include_str!("variables/v123g.txt");
const V123: &str = include_str!("variables/v123.txt");
const V116: &str = include_str!("variables/v116.txt");
const V120: &str = include_str!("variables/v120.txt");
const V124A: &str = include_str!("variables/v124a.txt");
const V122: &str = include_str!("variables/v122.txt");
const V124B: &str = include_str!("variables/v124b.txt");

pub(crate) const ORIGINALS: [Original; 12] = [
    l3("l3-v124b", "libestats.so", V124B, 1984, [41, 26, 41, 12, 3, 1]),
    l3("l3-v122", "libestats_l3_v122.so", V122, 1952, [40, 26, 40, 12, 3, 1]),
    l3("l3-v124a", "libestats_l3_v124a.so", V124A, 1984, [40, 26, 41, 12, 3, 2]),
    l3("l3-v120", "libestats_l3_v120.so", V120, 1920, [36, 26, 41, 12, 4, 1]),
    l3("l3-v116", "libestats_l3_v116.so", V116, 1856, [36, 26, 37, 12, 4, 1]),
    l3("l3-v123", "libestats_l3_v123.so", V123, 1968, [36, 26, 43, 12, 4, 2]),
    Original {
        generation: "l2x-v123",
        file: "libestats_l2x_v123.so",
        soname: "libestats.so.1",
        header: Some("l2x.h"),
        variables: V123,
        table: 1968,
        more: &[LIST_CHECK, GET_MIB],
        unknown: 15,
        wire: W2,
        sizes: [36, 26, 43, 12, 4, 2],
    },
    Original {
        generation: "l2i-v123g",
        file: "libestats_l2i_v123g.so",
        soname: "libestats.so.1",
        header: Some("l2i.h"),
        variables: V123G,
        table: 1968,
        more: &[LIST_CHECK, GET_MIB, VAR_DATA],
        unknown: 15,
        wire: W2,
        sizes: [38, 26, 43, 12, 4, 0],
    },
    Original {
        generation: "l2-v121",
        file: "libestats_l2_v121.so",
        soname: "libestats.so.1",
        header: Some("l2.h"),
        variables: V121,
        table: 1936,
        more: &[LIST_CHECK],
        unknown: 15,
        wire: W2,
        sizes: [36, 26, 43, 12, 4, 0],
    },
    Original {
        generation: "l1-v117",
        file: "libestats_l1_v117.so",
        soname: "libestats.so.1",
        header: Some("l1.h"),
        variables: V117,
        table: 1872,
        more: &[LIST_CHECK, TUPLE_COPY],
        unknown: 14,
        wire: W1T,
        sizes: [34, 26, 41, 12, 4, 0],
    },
    Original {
        generation: "l1-v117",
        file: "libestats_l1_v117_so0.so",
        soname: "libestats.so.0",
        header: Some("l1.h"),
        variables: V117,
        table: 1872,
        more: &[TUPLE_COPY],
        unknown: 14,
        wire: W1T,
        sizes: [34, 26, 41, 12, 4, 0],
    },
    Original {
        generation: "l0-v117",
        file: "libtcpe_l0_v117.so",
        soname: "libtcpe.so.1",
        header: None,
        variables: V117,
        table: 1872,
        more: &[],
        unknown: 12,
        wire: W1,
        sizes: [34, 26, 41, 12, 4, 0],
    },
];

impl Original {
    /// Name of the table of variables.
    pub(crate) fn array(&self) -> &'static str {
        match self.header {
            Some(_) => "estats_var_array",
            None => "tcpe_var_array",
        }
    }

    /// The variables as a program is to print them, without values: `NAME WIDTH TYPE`.
    ///
    /// The drop-ins have the width of `StartTimeStamp` put right, which was one octet until 2015; and `libtcpe` had no types.
    pub(crate) fn variables(&self) -> Vec<String> {
        let lines = self.variables.lines();
        let widened = lines.map(|line| line.replace("StartTimeStamp u8", "StartTimeStamp u64"));
        let printed = widened.map(|line| match self.header {
            Some(_) => line,
            None => format!("{} 0", line.rsplit_once(' ').expect("three columns").0),
        });
        printed.collect()
    }
}
