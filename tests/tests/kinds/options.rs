//! The same exchange with every choice of SACK, timestamps and ECN.

use std::thread::sleep;
use std::time::Duration;

use estats_spec::Id;
use estats_tests::peer::{Offer, Segment, Setup, ack, data, syn, syn_ack};
use estats_tests::scene::Family;

/// What both ends agree on.
#[derive(Clone, Copy, Debug)]
struct Choice {
    sack: bool,
    timestamps: bool,
    ecn: bool,
}

/// `TcpEStatsNegotiated`: in use, or not wanted by the peer.
fn agreed(option: bool) -> i64 {
    if option { 1 } else { 3 }
}

/// `segment`, with CWR where that is what follows from ECN.
fn reduced(segment: Segment, ecn: bool) -> Segment {
    if ecn { segment.cwr() } else { segment }
}

/// `segment`, with ECE where that is what follows from ECN.
fn echoing(segment: Segment, ecn: bool) -> Segment {
    if ecn { segment.ece() } else { segment }
}

/// A window loses its first segment, then the peer's data come with a congestion mark, then the peer echoes one.
fn exchange(choice: Choice, family: Family) {
    let setup = Setup {
        family,
        settings: &[("ipv4/tcp_ecn", "1")],
        offer: Offer {
            sack_permitted: choice.sack,
            timestamps: choice.timestamps,
            ..Offer::default()
        },
        ..Setup::default()
    };
    // What a timestamp leaves of a segment.
    let size = if choice.timestamps { 988 } else { 1000 };
    let (octets, end) = (i64::from(size), |segments| 1 + segments * size);
    let (mut kernel, mut peer) = setup.ends();
    kernel.listen();
    peer.send(reduced(echoing(syn(), choice.ecn), choice.ecn));
    peer.expect(echoing(syn_ack(), choice.ecn));
    peer.send(ack(1));
    kernel.accept();

    kernel.write(10 * size as usize);
    peer.expect_data(1..end(10), size);
    // Another millisecond of the clock of the timestamps: the retransmission is not taken for the original.
    sleep(Duration::from_millis(2));
    if choice.sack {
        peer.send(ack(1).sack(end(1)..end(4)));
    } else {
        for _ in 0..3 {
            peer.send(ack(1));
        }
    }
    peer.expect(data(1..end(1)));
    peer.send(ack(end(10)));
    kernel.write(2 * size as usize);
    peer.expect(reduced(data(end(10)..end(11)), choice.ecn));
    peer.expect(data(end(11)..end(12)));
    let duplicates = if choice.sack { 1 } else { 3 };
    let sacks = i64::from(choice.sack);
    let lost = [
        (Id::CongSignals, 1),
        (Id::FastRetran, 1),
        (Id::PreCongSumCwnd, 10 * octets),
        (Id::MaxSsthresh, 5 * octets),
        (Id::MinSsthresh, 5 * octets),
        (Id::DupAcksIn, duplicates),
        (Id::SACKsRcvd, sacks),
        (Id::SACKBlocksRcvd, sacks),
        (Id::SegsRetrans, 1),
        (Id::OctetsRetrans, octets),
        (Id::DataOctetsOut, 13 * octets),
        (Id::MaxPipeSize, 10 * octets),
        (Id::CERcvd, 0),
        (Id::ECNsignals, 0),
        (Id::ECESent, 0),
        (Id::TimeStamps, agreed(choice.timestamps)),
        (Id::WillSendSACK, agreed(choice.sack)),
        (Id::WillUseSACK, agreed(choice.sack)),
        (Id::ECN, agreed(choice.ecn)),
        (Id::CurMSS, octets),
        (Id::MinMSS, octets),
        (Id::MaxMSS, octets),
        (Id::MSSSent, if family == Family::Ipv4 { 1460 } else { 1440 }),
        (Id::MSSRcvd, 1000),
    ];
    kernel.expect_rows(&lost);

    // Congestion experienced, on the way here.
    peer.send(data(1..501).acknowledging(end(12)).tos(3));
    peer.expect(echoing(ack(501), choice.ecn));
    let ecn = i64::from(choice.ecn);
    kernel.expect_rows(&[(Id::CERcvd, 1), (Id::ECESent, ecn), (Id::ECNsignals, 0)]);
    peer.send(reduced(data(501..1001), choice.ecn));
    peer.expect(ack(1001));
    // And on the way there.
    kernel.write(2 * size as usize);
    peer.expect_data(end(12)..end(14), size);
    peer.send(ack(end(13)).ece());
    peer.send(ack(end(14)));
    kernel.expect_rows(&[
        (Id::DupAcksIn, duplicates),
        (Id::SACKsRcvd, sacks),
        (Id::SACKBlocksRcvd, sacks),
        (Id::CERcvd, 1),
        (Id::ECESent, ecn),
        (Id::ECNsignals, ecn),
        (Id::CongSignals, 1 + ecn),
        (Id::FastRetran, 1),
        (Id::Timeouts, 0),
        (Id::SoftErrors, 0),
        (Id::DupAcksOut, 0),
        (Id::DataOctetsIn, 1000),
        (Id::DataOctetsOut, 15 * octets),
        (Id::HCDataOctetsOut, 15 * octets),
        (Id::ThruOctetsAcked, 14 * octets),
        (Id::ThruOctetsReceived, 1000),
        (Id::SpuriousFrDetected, 0),
        (Id::CongOverCount, 0),
        (Id::PostCongCountRTT, 1 + ecn),
    ]);
}

#[test]
fn values_follow_from_what_was_agreed() {
    for bits in 0..8 {
        let choice = Choice {
            sack: bits & 1 != 0,
            timestamps: bits & 2 != 0,
            ecn: bits & 4 != 0,
        };
        let family = if bits % 3 == 0 { Family::Ipv6 } else { Family::Ipv4 };
        println!("{choice:?} {family:?}");
        exchange(choice, family);
    }
}

/// RFC 7323, section 2.3: a shift of 14 bits, and so a window of almost a gibibyte.
#[test]
fn the_largest_window_is_told_in_octets() {
    let setup = Setup {
        offer: Offer {
            window_scale: Some(14),
            ..Offer::default()
        },
        ..Setup::default()
    };
    let largest = 65_535 << 14;
    for (mut kernel, mut peer) in [setup.accepted(), setup.connected()] {
        peer.send(data(1..101));
        peer.expect(ack(101));
        kernel.expect_rows(&[
            (Id::WinScaleRcvd, 14),
            (Id::CurRwinRcvd, largest),
            (Id::MaxRwinRcvd, largest),
            (Id::ZeroRwinRcvd, 0),
        ]);
    }
}
