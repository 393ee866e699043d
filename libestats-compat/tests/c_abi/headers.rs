//! The headers: layouts and numbers, for C of every age and for C++.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{PACKAGE, compiler, run, scratch, stdout_of};
use estats_spec::wire::{self, W3P};
use estats_spec::{SnmpType, WireType};

#[test]
fn structures_have_the_layout_old_programs_were_built_with() {
    let directory = scratch("layout");
    let source = Path::new(PACKAGE).join("tests/c/layout.c");
    for (compiler_name, standard) in [("cc", "gnu99"), ("cc", "gnu17"), ("c++", "gnu++17")] {
        let program = directory.join(standard.replace('+', "p"));
        let language = if compiler_name == "cc" { "c" } else { "c++" };
        let mut compile = compiler(compiler_name);
        compile
            .arg(format!("-std={standard}"))
            .args(["-x", language])
            .arg(&source)
            .arg("-o")
            .arg(&program);
        stdout_of(&mut compile);
        assert!(
            run(&mut Command::new(&program)).status.success(),
            "{standard}: single_index"
        );
    }
}

#[test]
fn each_header_stands_alone() {
    let directory = scratch("alone");
    for entry in fs::read_dir(Path::new(PACKAGE).join("include/estats")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let source = directory.join("alone.c");
        fs::write(&source, format!("#include <estats/{name}>\n#include <estats/{name}>\n")).unwrap();
        stdout_of(compiler("cc").arg("-fsyntax-only").arg(&source));
    }
}

#[test]
fn numbers_are_those_of_the_specification() {
    let mut source = "#include <estats/estats.h>\n".to_owned();
    let mut check = |name: &str, number: u32| writeln!(source, "_Static_assert({name} == {number}, \"\");").unwrap();

    for (name, number) in [
        ("ESTATS_UNSIGNED64", WireType::U64 as u32),
        ("ESTATS_UNSIGNED32", WireType::U32 as u32),
        ("ESTATS_SIGNED32", WireType::S32 as u32),
        ("ESTATS_UNSIGNED16", WireType::U16 as u32),
        ("ESTATS_UNSIGNED8", WireType::U8 as u32),
        ("ESTATS_TYPE_INTEGER", SnmpType::Integer as u32),
        ("ESTATS_TYPE_INTEGER32", SnmpType::Integer32 as u32),
        ("ESTATS_TYPE_COUNTER32", SnmpType::Counter32 as u32),
        ("ESTATS_TYPE_GAUGE32", SnmpType::Gauge32 as u32),
        ("ESTATS_TYPE_UNSIGNED32", SnmpType::Unsigned32 as u32),
        ("ESTATS_TYPE_TIME_TICKS", SnmpType::TimeTicks as u32),
        ("ESTATS_TYPE_COUNTER64", SnmpType::Counter64 as u32),
        ("ESTATS_TYPE_OCTET", SnmpType::Octet as u32),
        ("ESTATS_ADDRTYPE_IPV4", wire::ADDR_TYPE_IPV4.into()),
        ("ESTATS_ADDRTYPE_IPV6", wire::ADDR_TYPE_IPV6.into()),
        ("TCPE_CMD_LIST_CONNS", wire::cmd::LIST_CONNS.into()),
        ("TCPE_CMD_READ_ALL", wire::cmd::READ_ALL.into()),
        ("TCPE_CMD_READ_VARS", wire::cmd::READ_VARS.into()),
        ("TCPE_CMD_WRITE_VAR", wire::cmd::WRITE_VAR.into()),
        ("TCPE_CMD_INIT", wire::cmd::INIT.into()),
        ("TCPE_CMD_TIMESTAMP", wire::cmd::TIMESTAMP.into()),
        ("MAX_TABLE", u32::try_from(wire::TABLES).unwrap()),
    ] {
        check(name, number);
    }

    let (mib, timestamp) = (W3P.mib.as_ref().unwrap(), W3P.timestamp.as_ref().unwrap());
    for (name, number) in [
        ("NLE_ATTR_PERF_VALS", wire::FIRST_TABLE),
        ("NLE_ATTR_EXTRAS_VALS", wire::FIRST_TABLE + W3P.tables - 1),
        ("NLE_ATTR_MASK", W3P.mask),
        ("NLE_ATTR_4TUPLE", W3P.tuple),
        ("NLE_ATTR_WRITE", W3P.write),
        ("NLE_ATTR_TIME", W3P.time.unwrap()),
        ("NLE_ATTR_NUM_TABLES", mib.num_tables),
        ("NLE_ATTR_NUM_VARS", mib.num_vars),
        ("NLE_ATTR_PERF_VARS", mib.first_vars),
        ("NLE_ATTR_VAR", mib.var),
        ("NLE_ATTR_RCV_BUF_LEN", timestamp.library_rcv_buf_len),
        ("NLE_ATTR_TIMESTAMP_DELTA", timestamp.library_delta),
        ("NLE_ATTR_TIMESTAMP", timestamp.library_token),
        ("NLE_ATTR_MAX", W3P.attr_max),
        ("NEA_VAR_NAME", wire::var_member::NAME),
        ("NEA_VAR_TYPE", wire::var_member::TYPE),
        ("NEA_PERF_MASK", wire::mask_member::FIRST),
        ("NEA_WRITE_VAR", wire::write_member::VAR),
        ("NEA_WRITE_VAL", wire::write_member::VAL),
        ("NEA_TIME_SEC", wire::time_member::SEC),
        ("NEA_TIME_USEC", wire::time_member::USEC),
        ("NEA_REM_ADDR", W3P.tuple_form.rem_addr),
        ("NEA_CID", W3P.tuple_form.cid),
    ] {
        check(name, number.into());
    }

    let directory = scratch("numbers");
    let file = directory.join("numbers.c");
    fs::write(&file, source).unwrap();
    stdout_of(compiler("cc").arg("-fsyntax-only").arg(&file));
}
