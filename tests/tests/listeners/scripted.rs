//! Single segments.

use std::net::TcpStream;

use anyhow::Result;
use estats_tests::nstat::Counters;
use estats_tests::peer::{Kernel, Peer, Segment, Setup, ack, data, fin, rst, syn, syn_ack};
use estats_tests::scene::Family;
use nix::sys::socket::{Backlog, listen};

use crate::watch::{Rows, watch};

/// Both ends, while the watch runs already.
fn ends(setup: Setup) -> (Kernel, Peer) {
    watch();
    setup.ends()
}

fn accepted() -> (Kernel, Peer) {
    let (mut kernel, mut peer) = ends(Setup::default());
    kernel.listen();
    peer.open();
    kernel.accept();
    (kernel, peer)
}

/// One connection that was made in the usual way and waits.
const WAITING: Rows = Rows {
    syns: 1,
    initial: 1,
    established: 1,
    backlog: 1,
    waiting: 1,
    ..Rows::NONE
};

/// One connection that was made in the usual way and accepted.
const ACCEPTED: Rows = Rows {
    accepted: 1,
    connections: Some(1),
    backlog: 0,
    waiting: 0,
    ..WAITING
};

/// One request that waits for the third segment of its handshake.
const HALF_OPEN: Rows = Rows {
    syns: 1,
    initial: 1,
    backlog: 1,
    ..Rows::NONE
};

#[test]
fn a_handshake_and_its_accept_move_each_row_once() -> Result<()> {
    for family in [Family::Ipv4, Family::Ipv6] {
        let setup = Setup {
            family,
            ..Setup::default()
        };
        let (mut kernel, mut peer) = ends(setup);
        kernel.listen();
        watch().expect(kernel.listener(), &Rows::NONE)?;
        peer.send(syn());
        peer.expect(syn_ack());
        watch().expect(kernel.listener(), &HALF_OPEN)?;
        peer.send(ack(1));
        watch().expect(kernel.listener(), &WAITING)?;
        kernel.accept();
        watch().expect(kernel.listener(), &ACCEPTED)?;
    }
    Ok(())
}

#[test]
fn a_repeated_syn_counts_again_and_its_request_does_not() -> Result<()> {
    let (mut kernel, mut peer) = ends(Setup::default());
    kernel.listen();
    peer.send(syn());
    peer.expect(syn_ack());
    peer.send(syn());
    peer.expect(syn_ack());
    peer.send(syn());
    peer.expect(syn_ack());
    watch().expect(kernel.listener(), &Rows { syns: 3, ..HALF_OPEN })?;
    peer.send(ack(1));
    kernel.accept();
    watch().expect(kernel.listener(), &Rows { syns: 3, ..ACCEPTED })?;
    let counters = Counters::read(&kernel.namespace)?;
    assert_eq!(counters.get("TcpPassiveOpens")?, 1);
    Ok(())
}

#[test]
fn a_request_that_is_given_up_exceeds_the_backlog() -> Result<()> {
    // By its peer, or by the kernel when nobody answers.
    let setup = Setup {
        settings: &[("ipv4/tcp_synack_retries", "0")],
        ..Setup::default()
    };
    let given_up = Rows {
        backlog: 0,
        exceeded: 1,
        ..HALF_OPEN
    };
    let (mut kernel, mut peer) = ends(setup);
    kernel.listen();
    peer.send(syn());
    peer.expect(syn_ack());
    peer.send(rst(1));
    watch().expect(kernel.listener(), &given_up)?;
    peer.send(syn());
    let answer = Segment {
        sequence: None,
        ..syn_ack()
    };
    peer.expect(answer);
    let both = Rows {
        syns: 2,
        initial: 2,
        exceeded: 2,
        ..given_up
    };
    watch().expect(kernel.listener(), &both)
}

/// The last segment of the handshake is ignored, and the request stays.
#[test]
fn a_handshake_that_finds_the_queue_full_is_not_over() -> Result<()> {
    let (mut kernel, mut peer) = ends(Setup::default());
    kernel.listen();
    listen(kernel.listener(), Backlog::new(0)?)?;
    peer.send(syn());
    peer.expect(syn_ack());
    let address = kernel.listener().local_addr()?;
    let client = kernel.namespace.run(|| TcpStream::connect(address))?;
    let full = Rows {
        syns: 2,
        initial: 2,
        established: 1,
        backlog: 2,
        waiting: 1,
        ..Rows::NONE
    };
    watch().expect(kernel.listener(), &full)?;
    peer.send(ack(1));
    watch().expect(kernel.listener(), &full)?;
    let overflows = Counters::read(&kernel.namespace)?.get("TcpExtListenOverflows")?;
    assert_eq!(overflows, 1);
    let _server = kernel.listener().accept()?;
    // The kernel repeats its half of the handshake.
    peer.expect(syn_ack());
    peer.send(ack(1));
    let done = Rows {
        established: 2,
        accepted: 1,
        connections: Some(1),
        backlog: 1,
        ..full
    };
    watch().expect(kernel.listener(), &done)?;
    drop(client);
    Ok(())
}

#[test]
fn what_is_no_syn_is_not_counted() -> Result<()> {
    let (mut kernel, mut peer) = ends(Setup::default());
    kernel.listen();
    peer.send(ack(1).at(1));
    peer.send(syn_ack().acknowledging(1));
    peer.send(fin(1));
    peer.send(rst(1));
    let counters = Counters::read(&kernel.namespace)?;
    assert_eq!(counters.get("TcpOutRsts")?, 3, "of the first three, each is answered");
    watch().expect(kernel.listener(), &Rows::NONE)
}

#[test]
fn data_moves_no_row() -> Result<()> {
    let (mut kernel, mut peer) = accepted();
    peer.send(data(1..1001));
    peer.expect(ack(1001));
    kernel.write(1000);
    peer.expect(data(1..1001));
    peer.send(ack(1001));
    watch().expect(kernel.listener(), &ACCEPTED)
}

#[test]
fn a_connection_that_is_closing_is_no_current_one() -> Result<()> {
    let (kernel, mut peer) = accepted();
    peer.send(fin(1));
    peer.expect(ack(2));
    watch().expect(
        kernel.listener(),
        &Rows {
            connections: Some(0),
            ..ACCEPTED
        },
    )?;
    let (mut kernel, mut peer) = accepted();
    kernel.shut_down();
    peer.expect(fin(1));
    watch().expect(
        kernel.listener(),
        &Rows {
            connections: Some(0),
            ..ACCEPTED
        },
    )?;
    let (kernel, mut peer) = accepted();
    peer.send(rst(1));
    watch().expect(
        kernel.listener(),
        &Rows {
            connections: Some(0),
            ..ACCEPTED
        },
    )
}

/// Linux keeps a connection that died in the queue, and `accept()` returns it.
#[test]
fn a_connection_that_dies_in_the_queue_waits_on() -> Result<()> {
    for last in [rst(1), fin(1)] {
        let (mut kernel, mut peer) = ends(Setup::default());
        kernel.listen();
        peer.open();
        peer.send(last);
        watch().expect(kernel.listener(), &WAITING)?;
        kernel.accept();
        watch().expect(
            kernel.listener(),
            &Rows {
                connections: Some(0),
                ..ACCEPTED
            },
        )?;
    }
    Ok(())
}

#[test]
fn a_fin_in_the_handshake_is_of_an_established_connection() -> Result<()> {
    let (mut kernel, mut peer) = ends(Setup::default());
    kernel.listen();
    peer.send(syn());
    peer.expect(syn_ack());
    peer.send(data(1..11).with_fin().acknowledging(1));
    watch().expect(kernel.listener(), &WAITING)?;
    kernel.accept();
    watch().expect(
        kernel.listener(),
        &Rows {
            connections: Some(0),
            ..ACCEPTED
        },
    )
}

#[test]
fn a_request_that_is_answered_with_a_cookie_sets_up_no_state() -> Result<()> {
    let setup = Setup {
        settings: &[("ipv4/tcp_syncookies", "2")],
        ..Setup::default()
    };
    let (mut kernel, mut peer) = ends(setup);
    kernel.listen();
    peer.send(syn());
    peer.expect(syn_ack());
    watch().expect(kernel.listener(), &Rows { syns: 1, ..Rows::NONE })?;
    peer.send(ack(1));
    // The connection itself is state, and the first that there is.
    watch().expect(kernel.listener(), &WAITING)?;
    kernel.accept();
    watch().expect(kernel.listener(), &ACCEPTED)
}

/// Fast Open without a cookie, for every listener.
fn fast_open() -> Setup {
    Setup {
        settings: &[("ipv4/tcp_fastopen", "1538")],
        ..Setup::default()
    }
}

fn syn_with_data() -> Segment {
    Segment { octets: 100, ..syn() }
}

#[test]
fn a_fast_open_connection_is_accepted_before_it_is_established() -> Result<()> {
    let (mut kernel, mut peer) = ends(fast_open());
    kernel.listen();
    peer.send(syn_with_data());
    peer.expect(syn_ack());
    watch().expect(
        kernel.listener(),
        &Rows {
            waiting: 1,
            ..HALF_OPEN
        },
    )?;
    kernel.accept();
    watch().expect(
        kernel.listener(),
        &Rows {
            accepted: 1,
            backlog: 0,
            ..HALF_OPEN
        },
    )?;
    peer.send(ack(1));
    watch().expect(kernel.listener(), &ACCEPTED)
}

#[test]
fn a_fast_open_connection_that_is_reset_was_never_established() -> Result<()> {
    let (mut kernel, mut peer) = ends(fast_open());
    kernel.listen();
    peer.send(syn_with_data());
    peer.expect(syn_ack());
    peer.send(rst(101));
    watch().expect(
        kernel.listener(),
        &Rows {
            waiting: 1,
            ..HALF_OPEN
        },
    )?;
    kernel.accept();
    watch().expect(
        kernel.listener(),
        &Rows {
            accepted: 1,
            backlog: 0,
            ..HALF_OPEN
        },
    )
}

#[test]
fn a_fast_open_connection_that_the_server_closes_at_once_is_established_later() -> Result<()> {
    let (mut kernel, mut peer) = ends(fast_open());
    kernel.listen();
    peer.send(syn_with_data());
    peer.expect(syn_ack());
    kernel.accept();
    kernel.shut_down();
    peer.send(ack(1));
    peer.expect(fin(1));
    peer.send(ack(2));
    let closing = Rows {
        connections: Some(0),
        ..ACCEPTED
    };
    watch().expect(kernel.listener(), &closing)
}
