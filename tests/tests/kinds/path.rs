//! A path that turns out to be narrower.

use estats_spec::Id;
use estats_tests::peer::{Setup, ack, data};

use crate::counters::expect_counters;

/// RFC 1191: what was too large is sent again in smaller segments. That is no sign of congestion, and the time until it is
/// acknowledged is not limited by it.
#[test]
fn a_smaller_path_is_no_congestion() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    kernel.write(2000);
    peer.expect_data(1..2001, 1000);
    // 40 octets of headers.
    peer.send_fragmentation_needed(640);
    peer.expect_data(1..2001, 600);
    let moved = [
        (Id::DataSegsOut, 2 + 4),
        (Id::SegsOut, 2 + 4),
        (Id::DataOctetsOut, 4000),
        (Id::HCDataOctetsOut, 4000),
        (Id::SegsRetrans, 4),
        (Id::OctetsRetrans, 2000),
        (Id::MaxPipeSize, 2000),
        (Id::MaxMSS, 1000),
        (Id::MinMSS, 600),
        (Id::CurMSS, 600),
    ];
    expect_counters(
        &mut kernel,
        &[&moved[..], &[(Id::PipeSize, 2000), (Id::InRecovery, 3)]].concat(),
    );
    peer.send(ack(2001));
    kernel.write(600);
    peer.expect(data(2001..2601));
    peer.send(ack(2601));
    kernel.expect_rows(&[
        (Id::CongSignals, 0),
        (Id::Timeouts, 0),
        (Id::FastRetran, 0),
        (Id::SpuriousRtoDetected, 0),
        (Id::SndLimTransCwnd, 0),
        (Id::InRecovery, 1),
        (Id::SegsRetrans, 4),
        (Id::DataOctetsOut, 4600),
    ]);
}
