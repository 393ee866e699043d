//! `readvars` on a working daemon.

use crate::fake_daemon::{Answer, FakeDaemon};
use crate::program::{Result, run};
use crate::wire::{attribute, some_variables};

const LISTING: &str = "\
Timestamp sec: 1700000000, usec: 4242\n\
\n\
\n\
Perf Table\n\
\n\
SegsOut=4294967295\n\
HCDataOctetsOut=18446744073709551615\n\
\n\
\n\
Path Table\n\
\n\
RTTVar=12\n\
\n\
\n\
Stack Table\n\
\n\
WinScaleSent=-1\n\
TimeStamps=1\n\
\n\
\n\
App Table\n\
\n\
\n\
\n\
Tune Table\n\
\n\
LimMSS=1448\n\
\n\
\n\
Extras Table\n\
\n\
Priority=0\n";

fn daemon() -> FakeDaemon {
    FakeDaemon::start(vec![Answer::Data(vec![some_variables()])])
}

/// `READ_VARS` for connection 7 with these members of the mask nest.
fn request(masks: &[(u16, u64)]) -> Vec<u8> {
    let members: Vec<u8> = masks
        .iter()
        .flat_map(|(table, mask)| attribute(*table, &mask.to_ne_bytes()))
        .collect();
    let cid = attribute(6, &7_u32.to_ne_bytes());
    [vec![2, 0, 0, 0], attribute(0x800e, &cid), attribute(0x800d, &members)].concat()
}

/// The version in the generic header, which means nothing, is left out of the comparison.
fn assert_request(daemon: &FakeDaemon, masks: &[(u16, u64)]) {
    let mut command = daemon.command();
    command[1] = 0;
    assert_eq!(command, request(masks));
}

#[test]
fn the_listing() {
    let daemon = daemon();
    assert_eq!(run("readvars", daemon.socket(), &["7"]), Result::new(LISTING, "", 0));
    assert_request(&daemon, &[]);
}

#[test]
fn masks_wherever_the_option_stands() {
    for arguments in [
        &["-m", "f,,0x3,0", "7"][..],
        &["7", "-mF,,3,0"],
        &["-m", "f", "7", "-m", ",,3,0"],
    ] {
        let daemon = daemon();
        assert_eq!(run("readvars", daemon.socket(), arguments).status, Some(0));
        assert_request(&daemon, &[(1, 0xf), (3, 3), (4, 0)]);
    }
}

#[test]
fn json_tells_what_is_absent_from_what_was_not_asked_for() {
    let daemon = daemon();
    let expected = concat!(
        r#"{"cid":7,"#,
        r#""tuple":{"local_addr":"127.0.0.1","local_port":22,"rem_addr":"10.0.0.2","rem_port":40000},"#,
        r#""time":{"sec":1700000000,"usec":4242},"#,
        r#""tables":{"perf":{"SegsOut":4294967295,"DataOctetsOut":null,"HCDataOctetsOut":18446744073709551615},"#,
        r#""path":{"RTTVar":12},"stack":{"WinScaleSent":-1,"WinScaleRcvd":null},"app":{},"#,
        r#""tune":{"LimCwnd":null,"LimRwin":null,"LimMSS":1448},"extras":{"Priority":0}}}"#,
        "\n"
    );
    let result = run("readvars", daemon.socket(), &["--json", "7", "-m", "d,20,18,0"]);
    assert_eq!(result, Result::new(expected, "", 0));
}
