//! Sequence numbers that pass the end of their space, and its middle, where the sign of a difference changes.

use std::thread::sleep;
use std::time::Duration;

use estats_spec::Id;
use estats_tests::peer::{ISS, Setup, ack, data, fin};
use estats_tests::traffic::{NumericOption, Options};

use crate::counters::expect_counters;

/// The options of a socket that begins at a sequence number of its own choice: what `TCP_REPAIR` wrote before the connection is
/// opened is not replaced by a random number.
const fn beginning(number: u32) -> [NumericOption; 4] {
    /// `TCP_SEND_QUEUE` and `TCP_REPAIR_OFF_NO_WP` (`linux/tcp.h`).
    const SEND_QUEUE: i32 = 2;
    const OFF: i32 = -1;
    [
        (libc::IPPROTO_TCP, libc::TCP_REPAIR, 1),
        (libc::IPPROTO_TCP, libc::TCP_REPAIR_QUEUE, SEND_QUEUE),
        (libc::IPPROTO_TCP, libc::TCP_QUEUE_SEQ, number.cast_signed()),
        (libc::IPPROTO_TCP, libc::TCP_REPAIR, OFF),
    ]
}

/// Nothing special, the end of the space within the first window, and its middle there.
static BEGINNINGS: [(u32, [NumericOption; 4]); 3] = [
    (100, beginning(100)),
    (u32::MAX - 2500, beginning(u32::MAX - 2500)),
    ((1 << 31) - 2500, beginning((1 << 31) - 2500)),
];

/// A window whose first segment is taken for lost and was not, an exchange with a hole, and the end. The peer's numbers pass the
/// end of their space, too, as always.
#[test]
fn values_do_not_depend_on_where_the_numbers_begin() {
    for (beginning, options) in &BEGINNINGS {
        let setup = Setup {
            socket: Options {
                more: options,
                ..Options::default()
            },
            ..Setup::default()
        };
        let (mut kernel, mut peer) = setup.connected();
        assert_eq!(peer.kernel_iss(), *beginning);
        kernel.write(12_000);
        peer.expect_data(1..10_001, 1000);
        peer.send(ack(1).sack(1001..4001));
        peer.expect(data(1..1001));
        // The next round trip is to be longer than the mean: one that equals it is not told from none where segments were sent again.
        sleep(Duration::from_millis(20));
        peer.send(ack(10_001).sack(1..1001));
        peer.expect_data(10_001..12_001, 1000);
        peer.send(data(1001..2001).acknowledging(10_001));
        peer.expect(ack(1).sack(1001..2001));
        peer.send(data(1..1001).acknowledging(12_001));
        peer.expect(ack(2001));
        let number = |octets: u32| i64::from(beginning.wrapping_add(octets));
        let moved = [
            (Id::SegsOut, 2 + 12 + 1 + 2),
            (Id::SegsIn, 1 + 2 + 2),
            (Id::DataSegsOut, 13),
            (Id::DataOctetsOut, 13_000),
            (Id::HCDataOctetsOut, 13_000),
            (Id::SegsRetrans, 1),
            (Id::OctetsRetrans, 1000),
            (Id::DataSegsIn, 2),
            (Id::DataOctetsIn, 2000),
            (Id::HCDataOctetsIn, 2000),
            (Id::ThruOctetsReceived, 2000),
            (Id::HCThruOctetsReceived, 2000),
            (Id::CurAppRQueue, 2000),
            (Id::MaxAppRQueue, 2000),
            (Id::MaxReasmQueue, 2000),
            (Id::DupAcksOut, 1),
            (Id::DupAckEpisodes, 1),
            (Id::CongSignals, 1),
            (Id::FastRetran, 1),
            (Id::PreCongSumCwnd, 10_000),
            (Id::PostCongCountRTT, 1),
            (Id::MaxSsthresh, 5000),
            (Id::SpuriousFrDetected, 1),
            (Id::CongOverCount, 1),
            (Id::RackTimeout, 1),
            (Id::DSACKDups, 1),
            (Id::DupAcksIn, 1),
            (Id::SACKsRcvd, 2),
            (Id::SACKBlocksRcvd, 2),
            (Id::SndLimTransCwnd, 1),
            (Id::MaxPipeSize, 10_000),
            // When the first segment left, all was written.
            (Id::MaxAppWQueue, 11_000),
            // By the last ACK. The one before has given the window back.
            (Id::SlowStart, 1),
            (Id::ThruOctetsAcked, 12_001),
            (Id::SndInitial, number(0)),
            (Id::SndUna, number(12_001)),
            (Id::SndNxt, number(12_001)),
            (Id::SndMax, number(12_001)),
            (Id::RecInitial, ISS.into()),
            (Id::RcvNxt, ISS.wrapping_add(2001).into()),
        ];
        expect_counters(&mut kernel, &moved);
        kernel.shut_down();
        peer.expect(fin(12_001));
        peer.send(ack(12_002));
        expect_counters(
            &mut kernel,
            &[
                &moved[..],
                &[
                    (Id::SegsOut, 2 + 12 + 1 + 2 + 1),
                    (Id::SegsIn, 1 + 2 + 2 + 1),
                    (Id::ThruOctetsAcked, 12_002),
                    (Id::SndUna, number(12_002)),
                    (Id::SndNxt, number(12_002)),
                    (Id::SndMax, number(12_002)),
                ],
            ]
            .concat(),
        );
    }
}
