//! A path that turns out to be narrower.

use estats_spec::Id;
use estats_tests::peer::{Setup, ack, data};
use estats_tests::scene::Family;

use crate::counters::expect_counters;

/// RFC 1191: what was too large is sent again in smaller segments. That is no sign of congestion, and the time until it is
/// acknowledged is not limited by it.
#[test]
fn a_smaller_path_is_no_congestion() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    kernel.write(2000);
    peer.expect_data(1..2001, 1000);
    // 40 octets of headers.
    peer.send_too_big(640);
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

/// RFC 8201: a link under IPv6 has 1280 octets at least, of which 60 are headers.
#[test]
fn a_smaller_path_of_ipv6_is_no_congestion() {
    let mut setup = Setup {
        family: Family::Ipv6,
        ..Setup::default()
    };
    setup.offer.mss = Some(1400);
    let (mut kernel, mut peer) = setup.accepted();
    kernel.write(2800);
    peer.expect_data(1..2801, 1400);
    peer.send_too_big(1280);
    peer.expect_data(1..2801, 1220);
    let moved = [
        (Id::DataSegsOut, 2 + 3),
        (Id::DataOctetsOut, 5600),
        (Id::HCDataOctetsOut, 5600),
        (Id::SegsRetrans, 3),
        (Id::OctetsRetrans, 2800),
        (Id::MaxPipeSize, 2800),
        (Id::MaxMSS, 1400),
        (Id::MinMSS, 1220),
        (Id::CurMSS, 1220),
    ];
    peer.send(ack(2801));
    expect_counters(&mut kernel, &moved);
}

/// RFC 5927, section 7.2: a router speaks of what is on its way. Of what was received already only somebody does who guesses.
#[test]
fn a_message_about_what_was_acknowledged_changes_nothing() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    kernel.write(1000);
    peer.expect(data(1..1001));
    peer.send(ack(1001));
    peer.send_too_big(640);
    kernel.write(1000);
    peer.expect(data(1001..2001));
    peer.send(ack(2001));
    let moved = [
        (Id::DataSegsOut, 2),
        (Id::DataOctetsOut, 2000),
        (Id::HCDataOctetsOut, 2000),
        (Id::MaxPipeSize, 1000),
        (Id::MaxMSS, 1000),
        (Id::MinMSS, 1000),
        (Id::CurMSS, 1000),
    ];
    expect_counters(&mut kernel, &moved);
}
