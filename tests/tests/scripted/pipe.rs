//! How many octets were in the network at most.

use estats_spec::Id;
use estats_tests::peer::{Setup, ack, data, fin};
use estats_tests::traffic::Options;

#[test]
fn the_largest_flight_is_kept() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    kernel.write(5000);
    peer.expect_data(1..5001, 1000);
    kernel.expect_rows(&[(Id::MaxPipeSize, 5000), (Id::PipeSize, 5000)]);
    peer.send(ack(3001));
    kernel.expect_rows(&[(Id::MaxPipeSize, 5000), (Id::PipeSize, 2000)]);
    // 2000 and 2500 octets are less than there were.
    kernel.write(2500);
    peer.expect_data(5001..7501, 1000);
    kernel.expect_rows(&[(Id::MaxPipeSize, 5000), (Id::PipeSize, 4500)]);
    peer.send(ack(7501));
    kernel.expect_rows(&[(Id::MaxPipeSize, 5000), (Id::PipeSize, 0)]);
}

#[test]
fn what_the_congestion_window_holds_back_is_not_in_the_network() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    kernel.write(15_000);
    peer.expect_data(1..10_001, 1000);
    kernel.expect_rows(&[(Id::MaxPipeSize, 10_000)]);
    // Slow start: two more for the one acknowledged.
    peer.send(ack(1001));
    peer.expect_data(10_001..12_001, 1000);
    kernel.expect_rows(&[(Id::MaxPipeSize, 11_000)]);
}

#[test]
fn short_segments_are_as_long_as_they_are() {
    let setup = Setup {
        socket: Options {
            nodelay: true,
            ..Options::default()
        },
        ..Setup::default()
    };
    let (mut kernel, mut peer) = setup.connected();
    for start in (1..401).step_by(100) {
        kernel.write(100);
        peer.expect(data(start..start + 100));
    }
    kernel.expect_rows(&[(Id::MaxPipeSize, 400)]);
    peer.send(ack(401));
    kernel.expect_rows(&[(Id::MaxPipeSize, 400), (Id::PipeSize, 0)]);
}

#[test]
fn a_smaller_flight_changes_nothing() {
    let (mut kernel, mut peer) = Setup::default().connected();
    kernel.write(300);
    peer.expect(data(1..301));
    peer.send(ack(301));
    kernel.shut_down();
    peer.expect(fin(301));
    kernel.expect_rows(&[(Id::MaxPipeSize, 300)]);
    peer.send(ack(302));
    kernel.expect_rows(&[(Id::MaxPipeSize, 300)]);
}

#[test]
fn received_octets_are_not_ours() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    peer.send(data(1..1001));
    peer.expect(ack(1001));
    kernel.expect_rows(&[(Id::MaxPipeSize, 0)]);
}
