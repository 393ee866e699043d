//! `mib_var.h` is what the variable set says it is.
//!
//! `ESTATS_WRITE_HEADERS=1 cargo test -p libestats-compat --test c_abi mib_var` writes it anew.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use estats_spec::sets::V124B;

const TABLES: [&str; 6] = ["PERF", "PATH", "STACK", "APP", "TUNE", "EXTRAS"];

const START: &str = "\
/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The variables of each table: their indices, their number, and the mask that asks for all of them. Generated from the
 * project's specification; a test compares.
 */
#ifndef ESTATS_MIB_VAR_H
#define ESTATS_MIB_VAR_H

#include <stdint.h>
";

const END: &str = "
/* The place in estats_var_array, and in estats_val_data.val, of variable `index` of a table. */
static inline int single_index(int table, int index)
{
	static const int sizes[] = { PERF_INDEX_MAX, PATH_INDEX_MAX, STACK_INDEX_MAX,
				     APP_INDEX_MAX,  TUNE_INDEX_MAX, EXTRAS_INDEX_MAX };
	int i;

	for (i = 0; i < table; i++)
		index += sizes[i];
	return index;
}

#endif /* ESTATS_MIB_VAR_H */
";

fn header() -> String {
    let mut text = START.to_owned();
    for (table, variables) in TABLES.iter().zip(V124B.tables) {
        writeln!(text, "\ntypedef enum ESTATS_{table}_INDEX {{").unwrap();
        for (index, variable) in variables.iter().enumerate() {
            writeln!(text, "\t{} = {index},", variable.name.to_uppercase()).unwrap();
        }
        writeln!(text, "\t__{table}_INDEX_MAX").unwrap();
        writeln!(text, "}} ESTATS_{table}_INDEX;").unwrap();
        writeln!(text, "#define {table}_INDEX_MAX __{table}_INDEX_MAX").unwrap();
    }
    let sum = TABLES.map(|table| format!("{table}_INDEX_MAX")).join(" + ");
    writeln!(text, "\n#define TOTAL_NUM_VARS \\\n\t({sum})\n").unwrap();
    for table in TABLES {
        writeln!(
            text,
            "#define DEFAULT_{table}_MASK ((UINT64_C(1) << {table}_INDEX_MAX) - 1)"
        )
        .unwrap();
    }
    text + END
}

#[test]
fn the_header_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/estats/mib_var.h");
    if std::env::var_os("ESTATS_WRITE_HEADERS").is_some() {
        fs::write(&path, header()).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap_or_default(), header());
}
