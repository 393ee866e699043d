//! One client for several threads, and for longer than its daemon lives.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use estats_spec::Id;

use crate::support::daemon::Daemon;
use crate::support::wire::{self, Bytes, acknowledgement, cid_of, ipv4_tuple, reply};
use crate::support::{build_program, run, scratch};

const READ_ROW: u8 = 65;

/// Values whose first one, `SegsOut`, is the cid.
fn values(cid: u32) -> Vec<u8> {
    let bytes = ipv4_tuple(wire::time(Bytes::default(), 1, 2), cid);
    reply(READ_ROW, &wire::row(bytes, &[(Id::SegsOut, cid.to_ne_bytes().into())]))
}

fn answer(command: u8, request: &[u8]) -> Vec<Vec<u8>> {
    let mut datagrams = vec![acknowledgement(request, 0)];
    let cid = cid_of(request);
    if command == READ_ROW {
        datagrams.insert(0, values(cid));
    } else if cid <= 8 {
        let page = (cid.max(1)..=8).flat_map(|cid| reply(0, &ipv4_tuple(Bytes::default(), cid)));
        datagrams.insert(0, page.collect());
    }
    datagrams
}

#[test]
fn threads_that_share_a_client_get_their_own_answers() {
    let directory = scratch("threads");
    let program = build_program("threads", &directory);
    let daemon = Daemon::start(&directory, answer);
    let output = run(Command::new(program).env("ESTATS_SOCKET", daemon.socket()));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success());
}

#[test]
fn a_client_outlives_its_daemon() {
    static READS: AtomicU32 = AtomicU32::new(0);
    let directory = scratch("again");
    let program = build_program("again", &directory);
    let daemon = Daemon::start(&directory, |command, request| {
        // The second read ends the connection; whoever connects anew is served.
        if READS.fetch_add(1, Ordering::Relaxed) == 1 {
            vec![]
        } else {
            answer(command, request)
        }
    });
    let output = run(Command::new(program).env("ESTATS_SOCKET", daemon.socket()));
    let expected = "socket, family 1010\n\
                    SegsOut 1\nsocket, family 1010\n\
                    Connection reset by peer\nmnl_cb_run error: Error thrown from genetlink library\nnot connected, family 0\n\
                    SegsOut 1\nsocket, family 1010\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
}

#[test]
fn a_client_without_a_daemon_can_be_used_and_destroyed() {
    let directory = scratch("without");
    let program = build_program("again", &directory);
    let output = run(Command::new(program).env("ESTATS_SOCKET", directory.join("nothing")));
    let unsent = "mnl_socket_send: Error thrown from genetlink library\nnot connected, family 0\n";
    let expected = format!("Socket operation failed\nnot connected, family 0\n{}", unsent.repeat(3));
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
    assert!(output.status.success());
}
