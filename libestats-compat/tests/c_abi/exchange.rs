//! The calls that ask a daemon, from C, against a scripted daemon whose bytes are written by hand.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use estats_spec::Id;

use crate::support::daemon::Daemon;
use crate::support::wire::{self, Bytes, acknowledgement, cid_of, ipv4_tuple, reply};
use crate::support::{Scratch, build_program, run, scratch};

const LIST: u8 = 0;
const WRITE: u8 = 3;
const INIT: u8 = 4;
const TIMESTAMP: u8 = 5;
const READ_ROW: u8 = 65;
const READ_SHEETS: u8 = 74;

const EINVAL: i32 = 22;
const EACCES: i32 = 13;

/// A directory with the program `ask`.
fn program(name: &str) -> (Scratch, PathBuf) {
    let directory = scratch(name);
    let program = build_program("ask", &directory);
    (directory, program)
}

/// Runs `ask` with these arguments against a daemon with this script.
fn ask(arguments: &[&str], script: impl Fn(u8, &[u8]) -> Vec<Vec<u8>> + Send + Sync + 'static) -> Output {
    let (directory, program) = program(arguments[0]);
    let daemon = Daemon::start(&directory, script);
    run(Command::new(program)
        .args(arguments)
        .env("ESTATS_SOCKET", daemon.socket()))
}

#[track_caller]
fn assert_output(output: &Output, stdout: &str, stderr: &str, status: i32) {
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert_eq!((&*out, &*err, output.status.code()), (stdout, stderr, Some(status)));
}

/// A page of `count` connections from the requested cid on, up to `last`, then the acknowledgement.
fn page(request: &[u8], count: u32, last: u32) -> Vec<Vec<u8>> {
    let first = cid_of(request).max(1);
    let page: Vec<u8> = (first..=last)
        .take(count as usize)
        .flat_map(|cid| reply(LIST, &ipv4_tuple(Bytes::default(), cid)))
        .collect();
    let mut answer = vec![acknowledgement(request, 0)];
    if !page.is_empty() {
        answer.insert(0, page);
    }
    answer
}

#[test]
fn the_family_id_is_the_one_the_daemon_gave() {
    assert_output(&ask(&["family"], |_, _| vec![]), &format!("{}\n", wire::FAMILY), "", 0);
}

#[test]
fn a_list_is_asked_for_page_by_page_until_one_is_empty() {
    static PAGES: AtomicU32 = AtomicU32::new(0);
    let output = ask(&["list"], |command, request| {
        assert_eq!(command, LIST);
        PAGES.fetch_add(1, Ordering::Relaxed);
        page(request, 39, 100)
    });
    let rows: Vec<String> = (1..=100)
        .map(|cid| format!("{cid} 10.0.0.1 5001 10.0.0.{cid} 80\n"))
        .collect();
    assert_output(&output, &rows.concat(), "", 0);
    assert_eq!(PAGES.load(Ordering::Relaxed), 4);
}

#[test]
fn ipv6_connections_have_all_their_bytes() {
    let output = ask(&["list"], |_, request| {
        if cid_of(request) > 9 {
            return vec![acknowledgement(request, 0)];
        }
        let remote = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x99];
        let local = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
        vec![
            reply(LIST, &wire::tuple(Bytes::default(), remote, 443, local, 40000, 2, 9)),
            acknowledgement(request, 0),
        ]
    });
    assert_output(&output, "9 fe80::102:304:506:708 40000 2001:db8::99 443\n", "", 0);
}

#[test]
fn active_connections_are_asked_for_by_token() {
    const TOKEN: u64 = 0x1122_3344_5566;
    let script = |command: u8, request: &[u8]| {
        if command == TIMESTAMP {
            // Delta as attribute 27, 250 ms; the answer has the token as 27 and 28.
            let delta = [8_u16.to_ne_bytes(), 27_u16.to_ne_bytes(), 250_u16.to_ne_bytes(), [0, 0]].concat();
            assert_eq!(request[20..28], delta);
            let token = TOKEN.to_ne_bytes();
            vec![
                reply(TIMESTAMP, &Bytes::default().attr(27, &token).attr(28, &token)),
                acknowledgement(request, 0),
            ]
        } else {
            let filter = [&[12_u16, 28].map(u16::to_ne_bytes).concat()[..], &TOKEN.to_ne_bytes()].concat();
            assert_eq!(request[20..32], filter);
            page(request, 39, 1)
        }
    };
    assert_output(&ask(&["timestamp", "250"], script), &format!("{TOKEN}\n"), "", 0);
    assert_output(&ask(&["within", "250"], script), "1 10.0.0.1 5001 10.0.0.1 80\n", "", 0);
    assert_output(
        &ask(&["since", &TOKEN.to_string()], script),
        "1 10.0.0.1 5001 10.0.0.1 80\n",
        "",
        0,
    );
}

/// The values of a connection: `SegsOut`, `HCDataOctetsOut`, `IpTosIn`, `State` and `Priority`, of every width, and one that this
/// library's set does not have.
fn measured() -> [(Id, Vec<u8>); 6] {
    [
        (Id::SegsOut, 7_u32.to_ne_bytes().into()),
        (Id::HCDataOctetsOut, u64::MAX.to_ne_bytes().into()),
        (Id::IpTosIn, vec![0xb8]),
        (Id::State, (-5_i32).to_ne_bytes().into()),
        (Id::MaxRetxQueue, 8_u32.to_ne_bytes().into()),
        (Id::Priority, 9_u32.to_ne_bytes().into()),
    ]
}

/// The message with them.
fn values(cid: u32) -> Bytes {
    wire::row(
        ipv4_tuple(wire::time(Bytes::default(), 1_700_000_000, 42), cid),
        &measured(),
    )
}

const VALUES: &str = "SegsOut=7\nHCDataOctetsOut=18446744073709551615\nIpTosIn=184\nState=-5\nPriority=9\n";

#[test]
fn values_come_with_their_names_and_what_is_absent_is_masked() {
    let output = ask(&["read", "3"], |command, request| {
        assert_eq!((command, cid_of(request)), (READ_ROW, 3));
        vec![reply(READ_ROW, &values(3)), acknowledgement(request, 0)]
    });
    assert_output(&output, &format!("cid 3 at 1700000000.000042\n{VALUES}"), "", 0);
}

#[test]
fn only_masks_that_count_mask() {
    // Bits 0 and 3 of PERF; the program leaves the masks of the other tables as they lie.
    for (mask, perf) in [
        ("9", "SegsOut=7\nHCDataOctetsOut=18446744073709551615\n"),
        ("8", "HCDataOctetsOut=18446744073709551615\n"),
    ] {
        let output = ask(&["read", "3", mask], |_, request| {
            vec![reply(READ_ROW, &values(3)), acknowledgement(request, 0)]
        });
        let expected = format!("cid 3 at 1700000000.000042\n{perf}IpTosIn=184\nState=-5\nPriority=9\n");
        assert_output(&output, &expected, "", 0);
    }
}

#[test]
fn all_values_of_all_connections() {
    let output = ask(&["vars"], |command, request| {
        assert_eq!((command, cid_of(request)), (READ_SHEETS, 0));
        let sheet = |cid| reply(READ_SHEETS, &wire::sheet((1_700_000_000, 42), cid, &measured()));
        vec![sheet(1), sheet(2), acknowledgement(request, 0)]
    });
    let one = |cid| format!("cid {cid} at 1700000000.000042\n{VALUES}");
    assert_output(&output, &(one(1) + &one(2)), "", 0);
}

#[test]
fn a_write_is_one_request() {
    let output = ask(&["write", "5", "LimCwnd", "4000000000"], |command, request| {
        let write = Bytes::default().nest(
            15,
            &Bytes::default()
                .attr(1, b"LimCwnd")
                .attr(2, &4_000_000_000_u32.to_ne_bytes()),
        );
        assert_eq!((command, cid_of(request)), (WRITE, 5));
        assert!(request.ends_with(&write.0));
        vec![acknowledgement(request, 0)]
    });
    assert_output(&output, "", "", 0);
}

fn variable(name: &str, kernel_type: u32) -> Bytes {
    let name = [name.as_bytes(), b"\0"].concat();
    Bytes::default().nest(25, &Bytes::default().attr(1, &name).attr(2, &kernel_type.to_ne_bytes()))
}

#[test]
fn the_mib_is_printed_by_the_library() {
    let output = ask(&["mib"], |command, request| {
        assert_eq!(command, INIT);
        // Whatever variables the daemon has, this library's indices stand for its own.
        let mut attributes = Bytes::default()
            .attr(17, &6_u32.to_ne_bytes())
            .attr(18, &2_u32.to_ne_bytes());
        attributes = attributes
            .nest(19, &variable("SegsOut", 2))
            .nest(20, &Bytes::default())
            .nest(21, &Bytes::default());
        attributes = attributes
            .nest(22, &Bytes::default())
            .nest(23, &Bytes::default())
            .nest(24, &variable("Priority", 4));
        vec![reply(INIT, &attributes), acknowledgement(request, 0)]
    });
    let printed = String::from_utf8_lossy(&output.stdout);
    assert_eq!((printed.len(), output.status.code()), (2281, Some(0)), "{printed}");
    let starts = "TCP Extended Statistics (RFC 4898) contains 6 table(s) comprised of 124 variables.\n\
                  Performance Table:\n\tSegsOut\t(2)\n\tDataSegsOut\t(2)\n";
    assert!(printed.starts_with(starts), "{printed}");
    for part in [
        "\tLostRetransmitSegs\t(2)\nPath Table:\n\tRetranThresh\t(3)\n",
        "\tECESent\t(2)\nStack Table:\n\tActiveOpen\t(0)\n",
        "\tRackTimeout\t(2)\nApplication Table:\n\tSndUna\t(2)\n",
        "\tMaxAppRQueue\t(3)\nTune Table:\n\tLimCwnd\t(3)\n",
    ] {
        assert!(printed.contains(part), "{part} is not in\n{printed}");
    }
    assert!(
        printed.ends_with("\tLimMSS\t(3)\nExtras Table:\n\tPriority\t(4)\n"),
        "{printed}"
    );
}

#[test]
fn a_refusal_is_worded_as_by_the_original() {
    let refuse = |errno| move |_: u8, request: &[u8]| vec![acknowledgement(request, errno)];
    let refused = "mnl_cb_run error: Error thrown from genetlink library\n";
    assert_output(&ask(&["read", "1"], refuse(EINVAL)), "Invalid argument\n", refused, 1);
    assert_output(&ask(&["read", "1"], refuse(EACCES)), "Permission denied\n", refused, 1);
    assert_output(
        &ask(&["write", "1", "LimCwnd", "1"], refuse(1)),
        "Operation not permitted\n",
        refused,
        1,
    );
    assert_output(
        &ask(&["timestamp", "1"], refuse(EINVAL)),
        "Invalid argument\n",
        refused,
        1,
    );
    let mib = "TCP Extended Statistics (RFC 4898) Permission denied\n";
    assert_output(&ask(&["mib"], refuse(EACCES)), mib, refused, 1);
    let list = "error: Error thrown from genetlink library\n";
    assert_output(&ask(&["list"], refuse(EINVAL)), "", list, 1);
    assert_output(&ask(&["vars"], refuse(EINVAL)), "", list, 1);
}

#[test]
fn a_cid_below_one_is_not_asked_for() {
    for cid in ["0", "-1", "none"] {
        let output = ask(&["read", cid], |_, _| panic!("nothing is to be asked"));
        assert_output(&output, "", "Invalid argument\n", 1);
    }
}

#[test]
fn without_a_daemon_the_client_cannot_be_made() {
    let (directory, program) = program("nobody");
    let output = run(Command::new(program)
        .arg("list")
        .env("ESTATS_SOCKET", directory.join("nothing")));
    assert_output(&output, "", "Socket operation failed\n", 1);
}

#[test]
fn a_daemon_that_goes_away_is_an_error_and_not_a_wait() {
    let lost = "mnl_cb_run error: Error thrown from genetlink library\n";
    assert_output(
        &ask(&["read", "1"], |_, _| vec![]),
        "Connection reset by peer\n",
        lost,
        1,
    );
    assert_output(&ask(&["mib"], |_, _| vec![]), "Connection reset by peer\n", lost, 1);
    assert_output(
        &ask(&["list"], |_, _| vec![]),
        "",
        "error: Error thrown from genetlink library\n",
        1,
    );
    let write = "mnl_socket_recvfrom: Error thrown from genetlink library\n";
    assert_output(&ask(&["write", "1", "LimCwnd", "1"], |_, _| vec![]), "", write, 1);
}

#[test]
fn the_holder_of_a_connection_is_found_in_proc() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (local, remote) = (stream.local_addr().unwrap(), stream.peer_addr().unwrap());
    let loopback = [127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let output = ask(&["info"], move |_, request| {
        let known = wire::tuple(Bytes::default(), loopback, remote.port(), loopback, local.port(), 1, 1);
        let gone = wire::tuple(Bytes::default(), [9; 16], 1, [8; 16], 2, 2, 2);
        let mut answer = vec![acknowledgement(request, 0)];
        if cid_of(request) == 0 {
            answer.insert(0, [reply(LIST, &known), reply(LIST, &gone)].concat());
        }
        answer
    });
    let pid = std::process::id();
    // The name in /proc is cut at 15 characters.
    let name = std::fs::read_to_string("/proc/self/comm").unwrap();
    let uid = nix::unistd::getuid();
    let expected = format!("1 {pid} {} {uid} 1\n2 -1  -1 -1\n", name.trim_end());
    assert_output(&output, &expected, "", 0);
}
