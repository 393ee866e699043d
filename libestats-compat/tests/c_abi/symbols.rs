//! What the dynamic linker sees: the names, the data symbol, the SONAME.

use std::collections::BTreeSet;
use std::process::Command;

use crate::support::{build_program, library, run, scratch, stdout_of};

/// What `libestats.so.1` of the last four `Web10G` releases exports, in the order of their source files.
const FUNCTIONS: [&str; 50] = [
    "estats_connection_list_new",
    "estats_connection_list_free",
    "estats_connection_vars_list_new",
    "estats_connection_vars_list_free",
    "estats_connection_vars_new",
    "estats_connection_vars_free",
    "estats_connection_info_new",
    "estats_connection_info_free",
    "estats_connection_tuple_compare",
    "estats_connection_tuple_as_strings",
    "estats_connection_info_get_cid",
    "estats_connection_info_get_pid",
    "estats_connection_info_get_uid",
    "estats_connection_info_get_cmdline",
    "estats_connection_info_get_tuple",
    "estats_connection_list_add_info",
    "estats_val_data_new",
    "estats_val_data_free",
    "estats_val_data_delta",
    "estats_error_new",
    "estats_error_free",
    "estats_error_print",
    "estats_error_get_number",
    "estats_error_get_message",
    "estats_error_get_extra",
    "estats_error_get_file",
    "estats_error_get_line",
    "estats_error_get_function",
    "estats_get_timestamp",
    "estats_list_conns",
    "estats_list_conns_active_since",
    "estats_list_conns_active_within",
    "estats_list_conns_vars",
    "estats_list_conns_vars_active_since",
    "estats_list_conns_vars_active_within",
    "estats_read_vars",
    "estats_write_var",
    "estats_get_mib",
    "list_check_node",
    "list_check",
    "estats_nl_client_init",
    "estats_nl_client_destroy",
    "estats_nl_client_set_mask",
    "estats_nl_client_get_sock",
    "estats_nl_client_get_fam_id",
    "estats_record_open",
    "estats_record_close",
    "estats_record_read_data",
    "estats_record_write_data",
    "estats_val_as_string",
];

/// `nm` lines of defined dynamic symbols: size (if any), kind, name.
fn exported() -> Vec<(u64, char, String)> {
    let listing = stdout_of(Command::new("nm").args(["-D", "-S", "--defined-only"]).arg(library()));
    listing
        .lines()
        .map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [_, size, kind, name] = fields[..] else {
                panic!("{line}")
            };
            (
                u64::from_str_radix(size, 16).unwrap(),
                kind.chars().next().unwrap(),
                name.to_owned(),
            )
        })
        .collect()
}

#[test]
fn the_library_exports_the_functions_of_the_original_and_nothing_else() {
    let functions: BTreeSet<String> = exported()
        .into_iter()
        .filter(|(_, kind, _)| *kind == 'T')
        .map(|(_, _, name)| name)
        .collect();
    assert_eq!(functions, FUNCTIONS.map(str::to_owned).into());
}

#[test]
fn the_only_data_symbol_has_the_size_executables_have_room_for() {
    let data: Vec<_> = exported().into_iter().filter(|(_, kind, _)| *kind != 'T').collect();
    assert_eq!(data, [(1984, 'D', "estats_var_array".to_owned())]);
}

#[test]
fn the_library_answers_to_the_name_that_programs_ask_for() {
    let dynamic = stdout_of(Command::new("readelf").arg("-d").arg(library()));
    assert!(dynamic.contains("Library soname: [libestats.so.1]"), "{dynamic}");
    assert!(!dynamic.contains("libmnl"), "{dynamic}");
}

#[test]
fn executables_get_the_table_by_copy_relocation() {
    let directory = scratch("variables");
    let program = build_program("variables", &directory);
    let relocations = stdout_of(Command::new("readelf").arg("-rW").arg(&program));
    assert!(
        relocations
            .lines()
            .any(|line| line.contains("_COPY") && line.contains("estats_var_array")),
        "{relocations}"
    );
    let output = run(&mut Command::new(&program));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "",
        "the dynamic linker complains about the size"
    );

    let listing = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = listing.lines().collect();
    assert_eq!(lines.len(), 124);
    // Index, name, ESTATS_VAL_TYPE and ESTATS_TYPE as old programs have them: ends, table borders, and each rare type.
    for line in [
        "0 SegsOut 1 3",
        "3 HCDataOctetsOut 0 7",
        "12 StartTimeStamp 0 6",
        "40 LostRetransmitSegs 1 3",
        "41 RetranThresh 1 4",
        "55 IpTosIn 4 11",
        "66 ECESent 1 3",
        "67 ActiveOpen 2 0",
        "70 WinScaleSent 2 1",
        "107 RackTimeout 1 3",
        "108 SndUna 1 3",
        "109 SndNxt 1 5",
        "119 MaxAppRQueue 1 4",
        "120 LimCwnd 1 4",
        "123 Priority 1 3",
    ] {
        assert!(lines.contains(&line), "{line} is not in\n{listing}");
    }
}
