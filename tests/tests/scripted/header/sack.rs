//! SACK options received, and the blocks in them.

use estats_spec::Id;
use estats_tests::peer::{Setup, ack, data};

#[test]
fn options_and_their_blocks_are_counted() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    kernel.expect_rows(&[(Id::SACKsRcvd, 0), (Id::SACKBlocksRcvd, 0)]);
    kernel.write(10_000);
    peer.expect_data(1..10_001, 1000);
    peer.send(ack(1).sack(1001..2001));
    kernel.expect_rows(&[(Id::SACKsRcvd, 1), (Id::SACKBlocksRcvd, 1)]);
    peer.send(ack(1).sack(3001..4001).sack(1001..2001));
    kernel.expect_rows(&[(Id::SACKsRcvd, 2), (Id::SACKBlocksRcvd, 3)]);
    peer.send(
        ack(1)
            .sack(7001..8001)
            .sack(5001..6001)
            .sack(3001..4001)
            .sack(1001..2001),
    );
    kernel.expect_rows(&[(Id::SACKsRcvd, 3), (Id::SACKBlocksRcvd, 7)]);
    // Beside data.
    peer.send(data(1..101).acknowledging(2001).sack(3001..4001));
    kernel.expect_rows(&[(Id::SACKsRcvd, 4), (Id::SACKBlocksRcvd, 8)]);
}

#[test]
fn a_report_of_a_duplicate_is_a_block() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    kernel.write(1000);
    peer.expect(data(1..1001));
    peer.send(ack(1001));
    peer.send(ack(1001).sack(1..1001));
    kernel.expect_rows(&[(Id::SACKsRcvd, 1), (Id::SACKBlocksRcvd, 1), (Id::DSACKDups, 1)]);
}

#[test]
fn options_sent_are_not_options_received() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    kernel.write(1000);
    peer.expect(data(1..1001));
    peer.send(data(1001..2001).acknowledging(1001));
    peer.expect(ack(1).sack(1001..2001));
    kernel.expect_rows(&[(Id::SACKsRcvd, 0), (Id::SACKBlocksRcvd, 0)]);
}
