//! The variable sets against what is known of the libraries from outside: their sources, their binaries, their traffic.

use estats_spec::sets::{self, V116, V117, V120, V121, V122, V123, V123G, V124A, V124B, VarSet};
use estats_spec::{Id, WireType};

const PERF: usize = 0;
const PATH: usize = 1;
const STACK: usize = 2;
const TUNE: usize = 4;
const EXTRAS: usize = 5;

fn sizes(set: &VarSet) -> [usize; 6] {
    set.tables.map(<[_]>::len)
}

/// FNV-1a over "name width\n" of every position.
fn fingerprint(set: &VarSet) -> u64 {
    let lines = set.iter().map(|var| format!("{} {:?}\n", var.name, var.wire));
    lines
        .flat_map(String::into_bytes)
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        })
}

#[test]
fn sets_have_the_sizes_of_the_libraries() {
    assert_eq!(
        sets::ALL.map(VarSet::len),
        [117, 121, 123, 123, 116, 120, 124, 122, 124]
    );
    assert_eq!(sizes(&V117), [34, 26, 41, 12, 4, 0]);
    assert_eq!(sizes(&V121), [36, 26, 43, 12, 4, 0]);
    assert_eq!(sizes(&V123G), [38, 26, 43, 12, 4, 0]);
    assert_eq!(sizes(&V123), [36, 26, 43, 12, 4, 2]);
    assert_eq!(sizes(&V116), [36, 26, 37, 12, 4, 1]);
    assert_eq!(sizes(&V120), [36, 26, 41, 12, 4, 1]);
    assert_eq!(sizes(&V124A), [40, 26, 41, 12, 3, 2]);
    assert_eq!(sizes(&V122), [40, 26, 40, 12, 3, 1]);
    assert_eq!(sizes(&V124B), [41, 26, 41, 12, 3, 1]);
}

/// The expected values were computed by a script from the variable tables in the libraries' own sources:
/// jeffra/web10g-userland-2.0.4 master, rapier1/web10g-userland 2d401bb, hyjang/web10g-userland branch github, and of
/// rapier1 again 43ac2e6, a6c5182, 5102434 and the tags kernel-4.7-and-earlier, kernel-4.8 and kernel-4.18.
#[test]
fn every_position_is_that_of_the_original_source() {
    let original = [
        0x0db2_07d9_3f3a_a680,
        0x48a7_eb9b_74d7_b840,
        0xc8d3_d5af_c960_4ded,
        0x4563_c880_64e5_c0c3,
        0xd984_b0f6_424f_f7de,
        0xd0f5_af00_7b3a_87b6,
        0xf14e_0cef_a90e_b828,
        0x355d_e2d1_7dc8_c7d0,
        0x4f91_7ed0_b7aa_0a31,
    ];
    for (set, original) in sets::ALL.into_iter().zip(original) {
        assert_eq!(fingerprint(set), original, "{}", set.name);
    }
}

/// The size that `ld.so` reports for the data symbol `estats_var_array` (`tcpe_var_array`), 16 bytes an entry.
#[test]
fn flat_arrays_have_the_size_of_the_binaries() {
    let bytes = [
        (&V117, 1872),
        (&V121, 1936),
        (&V123, 1968),
        (&V122, 1952),
        (&V124A, 1984),
        (&V124B, 1984),
    ];
    for (set, bytes) in bytes {
        assert_eq!(set.len() * 16, bytes, "{}", set.name);
    }
}

#[test]
fn every_name_is_that_of_its_instrument_and_stands_once() {
    for set in sets::ALL {
        for var in set.iter() {
            assert_eq!(Id::from_name(var.name), Some(var.id), "{}", set.name);
            assert_eq!(
                set.iter().filter(|other| other.id == var.id).count(),
                1,
                "{} in {}",
                var.name,
                set.name
            );
        }
    }
}

#[test]
fn every_variable_stands_in_the_table_of_its_instrument() {
    for set in sets::ALL {
        for (table, vars) in set.tables.into_iter().enumerate() {
            for var in vars {
                assert_eq!(
                    var.id.info().table.wire_index(),
                    Some(table),
                    "{} in {}",
                    var.name,
                    set.name
                );
            }
        }
    }
}

#[test]
fn only_start_time_stamp_ever_had_another_width() {
    for set in sets::ALL {
        for var in set.iter().filter(|var| var.wire != var.id.info().wire) {
            assert_eq!((var.id, var.wire), (Id::StartTimeStamp, WireType::U8), "{}", set.name);
        }
    }
    let short: Vec<_> = sets::ALL
        .into_iter()
        .filter(|set| set.tables[PERF][12].wire == WireType::U8)
        .collect();
    assert_eq!(
        short.iter().map(|set| set.name).collect::<Vec<_>>(),
        ["V117", "V121", "V123g", "V123"]
    );
}

/// `XSight` asks for single variables by number.
#[test]
fn positions_that_programs_have_compiled_in() {
    assert_eq!(V124B.find(Id::StartTimeStamp), Some((PERF, 12)));
    assert_eq!(V124B.find(Id::SampleRTT), Some((PATH, 4)));
    assert_eq!(V124B.find(Id::State), Some((STACK, 9)));
    assert_eq!(V124B.find(Id::Priority), Some((EXTRAS, 0)));
    assert_eq!(V124A.find(Id::Priority), Some((EXTRAS, 1)));
    assert_eq!(V124A.find(Id::EarlyRetransDelay), Some((STACK, 40)));
    assert_eq!(V124B.find(Id::RackTimeout), Some((STACK, 40)));
    assert_eq!(V117.find(Id::MaxReasmQueue), Some((STACK, 40)));
    assert_eq!(V120.find(Id::LimRwin), Some((TUNE, 2)));
    assert_eq!(V124B.find(Id::LimRwin), Some((TUNE, 1)));
    assert_eq!(V124B.find(Id::LimSsthresh), None);
}

/// The four positions where library and kernel module disagreed: the library's names count.
#[test]
fn the_order_of_the_library_wins_over_that_of_the_module() {
    for set in [&V124A, &V122, &V124B] {
        let name = |index: usize| set.tables[PERF][index].name;
        assert_eq!(name(32), "SndLimTransPace");
        assert_eq!(name(33), "SndLimTransTSODefer");
        assert_eq!(name(37), "SndLimTimeTSODefer");
        assert_eq!(name(38), "SndLimTimeStartUp");
    }
}

/// TEACUP finds its columns in the logger's output by number: six for time, cid and flow, then the variables, counted
/// from 1.
#[test]
fn teacup_finds_its_columns() {
    let column = |set: &VarSet, id| {
        let (table, index) = set.find(id).expect("in every set");
        6 + set.flat_index(table, index).expect("just found") + 1
    };
    for set in sets::ALL {
        assert_eq!(column(set, Id::SmoothedRTT), 23, "{}", set.name);
        assert_eq!(column(set, Id::CurCwnd), 26, "{}", set.name);
    }
    assert_eq!(column(&V117, Id::SampleRTT), 45);
    for set in [&V121, &V123, &V116, &V120] {
        assert_eq!(column(set, Id::SampleRTT), 47, "{}", set.name);
    }
    assert_eq!(column(&V124B, Id::SampleRTT), 52);
}

#[test]
fn default_masks_are_those_xsight_sends() {
    let masks = V124B.default_masks();
    assert_eq!((masks[PERF], masks[TUNE], masks[EXTRAS]), (0x1ff_ffff_ffff, 7, 1));
    let masks = V124A.default_masks();
    assert_eq!((masks[PERF], masks[TUNE], masks[EXTRAS]), (0xff_ffff_ffff, 7, 3));
    let masks = V120.default_masks();
    assert_eq!((masks[PERF], masks[TUNE], masks[EXTRAS]), (0xf_ffff_ffff, 0xf, 1));
    assert_eq!(V117.default_masks()[EXTRAS], 0);
}

#[test]
fn flat_and_table_index_are_inverse() {
    for set in sets::ALL {
        for (flat, var) in set.iter().enumerate() {
            let (table, index) = set.table_index(flat).expect("within the set");
            assert_eq!(set.tables[table][index].id, var.id);
            assert_eq!(set.flat_index(table, index), Some(flat));
        }
        assert_eq!(set.table_index(set.len()), None);
        assert_eq!(set.flat_index(STACK, set.tables[STACK].len()), None);
        assert_eq!(set.flat_index(6, 0), None);
    }
}

#[test]
fn lookups_by_name_ignore_case() {
    assert_eq!(V124B.find_name("limrwin"), Some((TUNE, 1)));
    assert_eq!(V124B.find_name("SndLimTransStartup"), Some((PERF, 31)));
    assert_eq!(V123G.find_name("SNDLIMTRANSSTARTUP"), Some((PERF, 31)));
    assert_eq!(V124B.find_name("NoSuchVariable"), None);
    assert_eq!(VarSet::named("v124B").map(|set| set.name), Some("V124b"));
    assert!(VarSet::named("V125").is_none());
}
