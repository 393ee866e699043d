//! Hand-made exchanges whose accounts are known.

use std::net::SocketAddr;
use std::time::Duration;

use super::Account;
use crate::segment::Segment;

fn client() -> SocketAddr {
    "10.0.0.1:1000".parse().unwrap()
}

fn server() -> SocketAddr {
    "10.0.0.2:2000".parse().unwrap()
}

/// A segment that passes `ms` milliseconds after the epoch at the client's device.
fn segment(ms: u64, outgoing: bool, sequence: u32, acknowledgment: u32, payload: u32) -> Segment {
    let (source, destination) = if outgoing {
        (client(), server())
    } else {
        (server(), client())
    };
    Segment {
        time: Duration::from_millis(ms),
        outgoing,
        source,
        destination,
        ttl: 64,
        tos: 0,
        sequence,
        acknowledgment: Some(acknowledgment),
        syn: false,
        fin: false,
        rst: false,
        ece: false,
        cwr: false,
        window: 100,
        payload,
        mss: None,
        window_scale: None,
        sack_permitted: false,
        sack_blocks: Vec::new(),
        timestamp: None,
    }
}

pub(super) fn sent(ms: u64, sequence: u32, payload: u32) -> Segment {
    segment(ms, true, sequence, 501, payload)
}

fn received_ack(ms: u64, acknowledgment: u32) -> Segment {
    segment(ms, false, 501, acknowledgment, 0)
}

/// Three-way handshake with window scales 2 (client) and 3 (server): 10 ms, ISS `0xffff_ff00` and 500.
pub(super) fn handshake() -> Vec<Segment> {
    let mut syn = sent(0, 0xffff_ff00, 0);
    (syn.syn, syn.acknowledgment, syn.mss, syn.window_scale) = (true, None, Some(1000), Some(2));
    let mut syn_ack = received_ack(10, 0xffff_ff01);
    (syn_ack.sequence, syn_ack.syn, syn_ack.mss, syn_ack.window_scale) = (500, true, Some(1400), Some(3));
    vec![syn, syn_ack, sent(10, 0xffff_ff01, 0)]
}

fn account(more: impl IntoIterator<Item = Segment>) -> Account {
    let segments: Vec<_> = handshake().into_iter().chain(more).collect();
    Account::of(&segments, client(), server())
}

fn millis(account: &Account) -> Vec<u128> {
    account
        .round_trips
        .iter()
        .map(|trip| trip.longest.as_millis())
        .collect()
}

#[test]
fn options_of_the_handshake_belong_to_their_senders() {
    let account = account([]);
    assert_eq!((account.sent.mss, account.received.mss), (Some(1000), Some(1400)));
    assert_eq!(
        (account.sent.window_scale, account.received.window_scale),
        (Some(2), Some(3))
    );
    assert_eq!(account.sent.initial_sequence, Some(0xffff_ff00));
    assert_eq!(account.received.initial_sequence, Some(500));
    assert_eq!((account.sent.segments, account.received.segments), (2, 1));
    assert_eq!(millis(&account), [10]);
}

#[test]
fn windows_are_scaled_except_on_the_syn() {
    let account = account([received_ack(20, 0xffff_ff01)]);
    assert_eq!(account.sent.max_window, 400);
    assert_eq!(account.received.max_window, 800);
}

#[test]
fn repeated_octets_are_those_behind_the_highest_sequence_number_across_the_wrap() {
    // 100 new octets up to the wrap and beyond, then a segment that repeats the last 50 of them and adds 50.
    let account = account([sent(20, 0xffff_ffd0, 100), sent(21, 2, 100)]);
    assert_eq!((account.sent.data_segments, account.sent.octets), (2, 200));
    assert_eq!((account.sent.repeated_segments, account.sent.repeated_octets), (1, 50));
    assert_eq!(account.sent.highest_sequence, 102);
}

#[test]
fn an_ack_of_repeated_octets_is_no_round_trip() {
    let first = 0xffff_ff01;
    let account = account([
        sent(20, first, 100),
        sent(120, first, 100),
        received_ack(130, first.wrapping_add(100)),
        sent(140, first.wrapping_add(100), 100),
        received_ack(155, first.wrapping_add(200)),
    ]);
    assert_eq!(millis(&account), [10, 15]);
}

#[test]
fn one_ack_of_several_segments_is_one_round_trip() {
    let first = 0xffff_ff01;
    let account = account([
        sent(20, first, 100),
        sent(25, first.wrapping_add(100), 100),
        received_ack(40, first.wrapping_add(200)),
    ]);
    assert_eq!(millis(&account), [10, 20]);
    assert_eq!(account.round_trips[1].shortest, Duration::from_millis(15));
    assert_eq!(account.max_flight, 200);
}

#[test]
fn a_sack_reports_a_round_trip_once() {
    let first = 0xffff_ff01;
    let mut sack = received_ack(45, first);
    sack.sack_blocks = vec![(first.wrapping_add(100), first.wrapping_add(200))];
    let mut again = sack.clone();
    again.time = Duration::from_millis(50);
    let account = account([
        sent(20, first, 100),
        sent(25, first.wrapping_add(100), 100),
        sack,
        again,
        sent(60, first, 100),
        received_ack(70, first.wrapping_add(200)),
    ]);
    assert_eq!(millis(&account), [10, 20]);
    assert!(account.round_trips[1].by_sack && !account.round_trips[0].by_sack);
}

#[test]
fn duplicate_acks_need_outstanding_data_and_the_same_window() {
    let first = 0xffff_ff01;
    let mut window_update = received_ack(33, first);
    window_update.window = 200;
    let account = account([
        received_ack(15, first),
        sent(20, first, 100),
        sent(20, first.wrapping_add(100), 100),
        received_ack(30, first),
        received_ack(31, first),
        window_update,
        received_ack(40, first.wrapping_add(100)),
    ]);
    assert_eq!(
        (
            account.received.duplicate_acks.count,
            account.received.duplicate_acks.episodes
        ),
        (2, 1)
    );
}

#[test]
fn a_window_that_stays_zero_is_one_transition() {
    let windows = [100, 0, 0, 50, 0];
    let account = account(windows.into_iter().zip(20..).map(|(window, ms)| {
        let mut ack = received_ack(ms, 0xffff_ff01);
        ack.window = window;
        ack
    }));
    assert_eq!(account.received.zero_windows, 2);
}

#[test]
fn echoes_of_congestion_are_counted_by_edge_and_by_segment() {
    let account = account([false, true, true, false, true].into_iter().zip(20..).map(|(ece, ms)| {
        let mut ack = received_ack(ms, 0xffff_ff01);
        (ack.ece, ack.tos) = (ece, if ece { 3 } else { 2 });
        ack
    }));
    assert_eq!((account.received.ece_edges, account.received.ece_segments), (2, 3));
    assert_eq!(account.received.congestion_experienced, 3);
    assert_eq!(account.received.tos, 3);
}

#[test]
fn segments_of_other_connections_are_left_out() {
    let mut other = sent(20, 0xffff_ff01, 100);
    other.source.set_port(1001);
    assert_eq!(account([other]), account([]));
}
