//! `listconninfo`, `getmib`, `logger` and `writevar`.

use crate::fake_daemon::{Answer, FakeDaemon};
use crate::program::{Result, nowhere, run};
use crate::wire::{attribute, listed, mib, some_variables};

const EPERM: i32 = 1;
const ENOMEM: i32 = 12;
const EACCES: i32 = 13;
const EINVAL: i32 = 22;
const GENETLINK: &str = "mnl_cb_run error: Error thrown from genetlink library\n";

#[test]
fn getmib_prints_what_the_daemon_describes() {
    let daemon = FakeDaemon::start(vec![Answer::Data(vec![mib()])]);
    let expected = "TCP Extended Statistics (RFC 4898) contains 6 table(s) comprised of 3 variables.\n\
        Performance Table:\n\tSegsOut\t(2)\n\tHCDataOctetsOut\t(5)\n\
        Path Table:\n\tIpTosIn\t(9)\nStack Table:\nApplication Table:\nTune Table:\nExtras Table:\n";
    assert_eq!(run("getmib", daemon.socket(), &[]), Result::new(expected, "", 0));
}

#[test]
fn getmib_in_json() {
    let daemon = FakeDaemon::start(vec![Answer::Data(vec![mib()])]);
    let expected = concat!(
        r#"{"tables":[{"table":"perf","variables":[{"name":"SegsOut","type":2},{"name":"HCDataOctetsOut","type":5}]},"#,
        r#"{"table":"path","variables":[{"name":"IpTosIn","type":9}]},{"table":"stack","variables":[]},"#,
        r#"{"table":"app","variables":[]},{"table":"tune","variables":[]},{"table":"extras","variables":[]}]}"#,
        "\n"
    );
    assert_eq!(
        run("getmib", daemon.socket(), &["--json"]),
        Result::new(expected, "", 0)
    );
}

#[test]
fn getmib_has_begun_when_it_is_refused() {
    let daemon = FakeDaemon::start(vec![Answer::Error(EACCES)]);
    let stdout = "TCP Extended Statistics (RFC 4898) Permission denied\n";
    assert_eq!(run("getmib", daemon.socket(), &[]), Result::new(stdout, GENETLINK, 1));
}

const OWNERS: &str = "\
CID      cmdline      PID      UID      LocalAddr            LocalPort RemAddr              RemPort \n\
-------- ------------ -------- -------- -------- -------------------- -------- -------------------- --------\n\
\n";

#[test]
fn listconninfo_refused() {
    let daemon = FakeDaemon::start(vec![Answer::Error(ENOMEM)]);
    let expected = Result::new(OWNERS, "error: Error thrown from genetlink library\n", 1);
    assert_eq!(run("listconninfo", daemon.socket(), &[]), expected);
}

#[test]
fn writevar_asks_for_what_it_is_told() {
    let daemon = FakeDaemon::start(vec![Answer::Data(vec![])]);
    let arguments = &["7", "LimCwnd", "4294967295"];
    assert_eq!(run("writevar", daemon.socket(), arguments), Result::new("", "", 0));
    let mut command = daemon.command();
    // The version in the generic header means nothing.
    command[1] = 0;
    let members = [attribute(1, b"LimCwnd"), attribute(2, &u32::MAX.to_ne_bytes())].concat();
    let cid = attribute(6, &7_u32.to_ne_bytes());
    let expected = [vec![3, 0, 0, 0], attribute(0x800e, &cid), attribute(0x800f, &members)].concat();
    assert_eq!(command, expected);
}

#[test]
fn writevar_refused() {
    for (errno, reason) in [
        (EINVAL, "Invalid argument\n"),
        (EACCES, "Permission denied\n"),
        (EPERM, "Operation not permitted\n"),
    ] {
        let daemon = FakeDaemon::start(vec![Answer::Error(errno)]);
        let result = run("writevar", daemon.socket(), &["7", "CurCwnd", "1"]);
        assert_eq!(result, Result::new(reason, GENETLINK, 1));
    }
}

#[test]
fn writevar_with_too_few_or_wrong_arguments() {
    let usage = run("writevar", &nowhere(), &["--help"]);
    assert_eq!((usage.stderr.as_str(), usage.status), ("", Some(0)));
    assert!(usage.stdout.starts_with("\n\nwritevar cid var-name value\n"));
    for arguments in [&[][..], &["1"], &["1", "LimCwnd"], &["-h"]] {
        assert_eq!(
            run("writevar", &nowhere(), arguments),
            Result::new(&usage.stdout, "", 1),
            "{arguments:?}"
        );
    }
    for (value, stderr) in [
        ("12x", "writevar: the value '12x' is no decimal number below 2^32\n"),
        (
            "4294967296",
            "writevar: the value '4294967296' is no decimal number below 2^32\n",
        ),
    ] {
        assert_eq!(
            run("writevar", &nowhere(), &["1", "LimCwnd", value]),
            Result::new("", stderr, 1)
        );
    }
    assert_eq!(
        run("writevar", &nowhere(), &["0", "LimCwnd", "1"]),
        Result::new("", "Invalid argument\n", 1)
    );
}

/// Two connections, of which the second may not be read; each round asks for another page until there is none.
fn connections(rounds: usize) -> FakeDaemon {
    let list = [
        listed(7, ("127.0.0.1", 22), ("10.0.0.2", 40_000)),
        listed(8, ("127.0.0.1", 22), ("10.0.0.3", 40_001)),
    ];
    let round = vec![
        Answer::Data(vec![list.concat()]),
        Answer::Data(vec![]),
        Answer::Data(vec![some_variables()]),
        Answer::Error(EACCES),
    ];
    FakeDaemon::start(vec![round; rounds].concat())
}

const HEADER: &str = "Time, CID, SrcIp, SrcPort, DstIp, DstPort,\
    SegsOut, HCDataOctetsOut, RTTVar, WinScaleSent, TimeStamps, LimMSS, Priority\n";
const ROW: &str = "1700000000.004242,7,127.0.0.1,22,10.0.0.2,40000,4294967295,18446744073709551615,12,-1,1,1448,0\n";

#[test]
fn logger_has_one_header_and_a_row_for_each_connection_that_may_be_read() {
    let daemon = connections(2);
    assert_eq!(
        run("logger", daemon.socket(), &["-i", "0", "--count", "2"]),
        Result::new(&[HEADER, ROW, ROW].concat(), "", 0)
    );
}

#[test]
fn logger_leaves_out_what_is_not_wanted() {
    for arguments in [
        &["-e", "10.0.0.2", "-e", "10.0.0.3", "--count", "1"][..],
        &["--rem-addr", "10.1.0.0/16", "--count", "1"],
        &["--local-port", "23", "--count", "1"],
    ] {
        assert_eq!(
            run("logger", connections(1).socket(), arguments),
            Result::new("", "", 0),
            "{arguments:?}"
        );
    }
    assert_eq!(
        run("logger", &nowhere(), &["-e", "a..b"]),
        Result::new("", "getaddrinfo: Unknown error\n", 1)
    );
}

/// A program that drives it looks in the usage text for words that say that the interval is in seconds.
#[test]
fn usage_of_logger_does_not_speak_of_seconds() {
    let usage = run("logger", &nowhere(), &["-h"]);
    let synopsis = "\n\nweb10g-logger [-e exclude_ip] [-i interval] [-m mask]\n";
    assert!(usage.stdout.starts_with(synopsis), "{}", usage.stdout);
    assert!(!usage.stdout.contains("poll interval given in seconds"));
    assert_eq!(usage.status, Some(0));
}
