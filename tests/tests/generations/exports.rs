//! What the dynamic linker sees.

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::{Context as _, Result};
use estats_spec::libraries;
use estats_tests::daemon::built;

use crate::originals::{ORIGINALS, Original};
use crate::program::succeed;

/// What every `libestats` exports.
const ESTATS: [&str; 37] = [
    "estats_connection_info_free",
    "estats_connection_info_get_cid",
    "estats_connection_info_get_cmdline",
    "estats_connection_info_get_pid",
    "estats_connection_info_get_tuple",
    "estats_connection_info_get_uid",
    "estats_connection_info_new",
    "estats_connection_list_add_info",
    "estats_connection_list_free",
    "estats_connection_list_new",
    "estats_connection_tuple_as_strings",
    "estats_connection_tuple_compare",
    "estats_error_free",
    "estats_error_get_extra",
    "estats_error_get_file",
    "estats_error_get_function",
    "estats_error_get_line",
    "estats_error_get_message",
    "estats_error_get_number",
    "estats_error_new",
    "estats_error_print",
    "estats_list_conns",
    "estats_nl_client_destroy",
    "estats_nl_client_get_fam_id",
    "estats_nl_client_get_sock",
    "estats_nl_client_init",
    "estats_nl_client_set_mask",
    "estats_read_vars",
    "estats_record_close",
    "estats_record_open",
    "estats_record_read_data",
    "estats_record_write_data",
    "estats_val_as_string",
    "estats_val_data_delta",
    "estats_val_data_free",
    "estats_val_data_new",
    "estats_write_var",
];

/// What `libtcpe` exports.
const TCPE: [&str; 20] = [
    "tcpe_client_destroy",
    "tcpe_client_get_fam_id",
    "tcpe_client_get_sock",
    "tcpe_client_init",
    "tcpe_client_set_mask",
    "tcpe_data_delta",
    "tcpe_data_free",
    "tcpe_data_new",
    "tcpe_error_free",
    "tcpe_error_get_extra",
    "tcpe_error_get_file",
    "tcpe_error_get_function",
    "tcpe_error_get_line",
    "tcpe_error_get_message",
    "tcpe_error_get_number",
    "tcpe_error_new",
    "tcpe_error_print",
    "tcpe_list_conns",
    "tcpe_read_vars",
    "tcpe_write_var",
];

fn functions(original: &Original) -> BTreeSet<&'static str> {
    let all = if original.header.is_some() { &ESTATS[..] } else { &TCPE };
    let more = original.more.iter().copied().flatten();
    all.iter().chain(more).copied().collect()
}

#[test]
fn every_library_exports_the_names_of_its_original_and_nothing_else() -> Result<()> {
    for original in &ORIGINALS {
        let listing = succeed(
            Command::new("nm")
                .args(["-D", "-S", "--defined-only"])
                .arg(built(original.file)?),
        )?;
        let mut names = BTreeSet::new();
        for line in listing.lines() {
            // Address, size, kind, name.
            let fields: Vec<&str> = line.split_whitespace().collect();
            let &[_, size, kind, name] = &fields[..] else {
                panic!("{}: {line}", original.file);
            };
            if name == original.array() {
                let size = u64::from_str_radix(size, 16)?;
                assert_eq!((kind, size), ("D", original.table), "{}", original.file);
            } else {
                assert_eq!(kind, "T", "{}: {name}", original.file);
                names.insert(name);
            }
        }
        assert!(listing.contains(original.array()), "{}", original.file);
        assert_eq!(names, functions(original), "{}", original.file);
    }
    Ok(())
}

#[test]
fn every_library_answers_to_the_name_of_its_original() -> Result<()> {
    for original in &ORIGINALS {
        let dynamic = succeed(Command::new("readelf").arg("-d").arg(built(original.file)?))?;
        let soname = format!("Library soname: [{}]", original.soname);
        assert!(dynamic.contains(&soname), "{}: {dynamic}", original.file);
    }
    Ok(())
}

#[test]
fn no_library_of_the_specification_is_forgotten_here() -> Result<()> {
    assert_eq!(libraries::ALL.len(), ORIGINALS.len());
    for library in libraries::ALL {
        let file = format!("lib{}.so", library.artifact);
        let original = ORIGINALS.iter().find(|original| original.file == file);
        let original = original.with_context(|| format!("{file} is not here"))?;
        assert_eq!(
            (library.generation, library.soname),
            (original.generation, original.soname)
        );
    }
    Ok(())
}
