//! Octets received, and the last IP headers of both directions.

use std::time::Duration;

use estats_spec::Id;
use estats_tests::peer::{Setup, ack, data};

#[test]
fn duplicates_and_early_data_count_as_octets_received() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    peer.send(data(1..1001));
    peer.expect(ack(1001));
    peer.send(data(1..1001));
    peer.expect(ack(1001).sack(&[1..1001]));
    peer.send(data(2001..2501));
    peer.expect(ack(1001).sack(&[2001..2501]));
    peer.send(data(1001..2001));
    peer.expect(ack(2501));
    kernel.expect_rows(&[
        (Id::DataOctetsIn, 3500),
        (Id::HCDataOctetsIn, 3500),
        (Id::ThruOctetsReceived, 2500),
    ]);
    peer.expect_nothing(Duration::ZERO);
}
