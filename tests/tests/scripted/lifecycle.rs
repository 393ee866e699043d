//! How a connection began, and how long it lasted.

mod options;

use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use estats_spec::Id;
use estats_tests::peer::{ISS, Kernel, Moment, Setup, ack, data, rst, syn, syn_ack};
use estats_tests::scene::Family;

/// Microseconds since 1970.
fn wall_clock() -> i64 {
    let time = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock after 1970");
    i64::try_from(time.as_micros()).expect("a clock before the year 294000")
}

#[test]
fn who_opened_is_told_by_the_handshake() {
    let (mut kernel, _peer) = Setup::default().connected();
    kernel.expect_rows(&[(Id::ActiveOpen, 1)]);
    let (mut kernel, _peer) = Setup::default().accepted();
    kernel.expect_rows(&[(Id::ActiveOpen, 2)]);
}

/// RFC 9293, section 3.5: both ends pass through SYN-SENT.
#[test]
fn a_simultaneous_open_is_active() {
    let (mut kernel, mut peer) = Setup::default().ends();
    kernel.begin_to_connect();
    peer.expect(syn());
    peer.send(syn());
    peer.expect(syn_ack().acknowledging(1));
    peer.send(ack(1));
    kernel.finish_connecting();
    kernel.expect_rows(&[(Id::ActiveOpen, 1), (Id::MSSRcvd, 1000), (Id::MSSSent, 1460)]);
}

#[test]
fn the_start_is_when_the_first_segment_passed() {
    let before = wall_clock();
    let (mut kernel, mut peer) = Setup::default().connected();
    let after = wall_clock();
    kernel.expect_row(Id::StartTimeStamp, before..=after);
    let start = kernel.row(Id::StartTimeStamp);
    sleep(Duration::from_millis(20));
    peer.send(data(1..1001));
    peer.expect(ack(1001));
    kernel.expect_rows(&[(Id::StartTimeStamp, start)]);
}

#[test]
fn an_accepted_connection_starts_within_its_handshake() {
    let (mut kernel, mut peer) = Setup::default().ends();
    kernel.listen();
    let before = wall_clock();
    peer.open();
    let after = wall_clock();
    sleep(Duration::from_millis(20));
    kernel.accept();
    kernel.expect_row(Id::StartTimeStamp, before..=after);
}

/// Not to the time of the reading (RFC 4898, tcpEStatsPerfElapsedSecs).
#[test]
fn a_connection_has_lasted_until_its_last_segment() {
    fn elapsed(kernel: &mut Kernel) -> i64 {
        kernel.row(Id::ElapsedSecs) * 1_000_000 + kernel.row(Id::ElapsedMicroSecs)
    }
    let (mut kernel, mut peer) = Setup::default().ends();
    let before = Moment::now();
    kernel.begin_to_connect();
    peer.expect(syn());
    let began = before.or_until(Moment::now());
    peer.send(syn_ack().acknowledging(1));
    peer.expect(ack(1));
    kernel.finish_connecting();
    sleep(Duration::from_millis(30));
    let received = peer.send(data(1..1001));
    peer.expect(ack(1001));
    sleep(Duration::from_millis(30));
    let lapse = began.until(received).microseconds();
    let lasted = elapsed(&mut kernel);
    assert!(lapse.contains(&lasted), "{lasted} is not within {lapse:?}");
    let sent = kernel.write(1000);
    peer.expect(data(1..1001));
    sleep(Duration::from_millis(30));
    let lapse = began.until(sent).microseconds();
    let lasted = elapsed(&mut kernel);
    assert!(lapse.contains(&lasted), "{lasted} is not within {lapse:?}");
}

#[test]
fn a_connection_that_was_reset_keeps_its_last_values() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    peer.send(data(1..1001));
    peer.expect(ack(1001));
    kernel.write(700);
    peer.expect(data(1..701));
    kernel.expect_rows(&[(Id::State, 5)]);
    peer.send(rst(1001).ttl(7));
    kernel.expect_rows(&[
        (Id::State, 1),
        (Id::DataOctetsIn, 1000),
        (Id::MaxPipeSize, 700),
        (Id::IpTtl, 7),
        (Id::SegsIn, 4),
        (Id::RecInitial, ISS.into()),
        (Id::SndInitial, peer.kernel_iss().into()),
    ]);
}

#[test]
fn initial_sequence_numbers_are_those_of_the_syns() {
    let over_ipv6 = Setup {
        family: Family::Ipv6,
        ..Setup::default()
    };
    let setups = [Setup::default(), over_ipv6];
    for (mut kernel, mut peer) in setups.iter().flat_map(|setup| [setup.connected(), setup.accepted()]) {
        let initial = [(Id::SndInitial, peer.kernel_iss().into()), (Id::RecInitial, ISS.into())];
        kernel.expect_rows(&initial);
        peer.send(data(1..1401));
        peer.expect(ack(1401));
        kernel.write(700);
        peer.expect(data(1..701));
        peer.send(ack(701));
        kernel.expect_rows(&initial);
        peer.send(data(1401..1501).with_fin());
        peer.expect(ack(1502));
        kernel.expect_rows(&initial);
    }
}
