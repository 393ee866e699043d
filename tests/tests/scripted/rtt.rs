//! Round trip times: which ACK is a sample, and of how long.

use std::thread::sleep;
use std::time::Duration;

use estats_spec::Id;
use estats_tests::peer::{Kernel, Lapse, Moment, Peer, Setup, ack, data, fin, syn, syn_ack};

/// A connection whose handshake took the kernel so many milliseconds, and how many exactly.
fn accepted_in(milliseconds: u64) -> (Kernel, Peer, Lapse) {
    let (mut kernel, mut peer) = Setup::default().ends();
    kernel.listen();
    let lapse = peer.open_slowly(Duration::from_millis(milliseconds));
    kernel.accept();
    (kernel, peer, lapse)
}

/// The kernel's `octets` octets from number `start` on are acknowledged after so many milliseconds.
fn round_trip(kernel: &mut Kernel, peer: &mut Peer, start: u32, octets: u16, milliseconds: u64) -> Lapse {
    let sent = kernel.write(octets.into());
    let end = start + u32::from(octets);
    peer.expect_data(start..end, 1000);
    sleep(Duration::from_millis(milliseconds));
    sent.until(peer.send(ack(end)))
}

#[test]
fn the_handshake_is_the_first_sample_of_an_accepted_connection() {
    let (mut kernel, _peer, lapse) = accepted_in(30);
    kernel.expect_rows(&[(Id::CountRTT, 1)]);
    for id in [Id::SampleRTT, Id::MinRTT, Id::MaxRTT, Id::SumRTT, Id::HCSumRTT] {
        kernel.expect_row(id, lapse.milliseconds());
    }
}

#[test]
fn the_handshake_is_the_first_sample_of_an_opened_connection() {
    let (mut kernel, mut peer) = Setup::default().ends();
    let before = Moment::now();
    kernel.begin_to_connect();
    peer.expect(syn());
    let after = Moment::now();
    sleep(Duration::from_millis(30));
    let answered = peer.send(syn_ack().acknowledging(1));
    peer.expect(ack(1));
    kernel.finish_connecting();
    let lapse = before.or_until(after).until(answered);
    kernel.expect_rows(&[(Id::CountRTT, 1)]);
    for id in [Id::SampleRTT, Id::MinRTT, Id::MaxRTT, Id::SumRTT, Id::HCSumRTT] {
        kernel.expect_row(id, lapse.milliseconds());
    }
}

#[test]
fn samples_have_a_last_a_least_a_largest_and_a_sum() {
    let (mut kernel, mut peer, handshake) = accepted_in(20);
    let longest = round_trip(&mut kernel, &mut peer, 1, 1000, 45);
    let shortest = round_trip(&mut kernel, &mut peer, 1001, 1000, 5);
    let last = round_trip(&mut kernel, &mut peer, 2001, 1000, 12);
    kernel.expect_rows(&[(Id::CountRTT, 4)]);
    kernel.expect_row(Id::SampleRTT, last.milliseconds());
    kernel.expect_row(Id::MinRTT, shortest.milliseconds());
    kernel.expect_row(Id::MaxRTT, longest.milliseconds());
    let sum: Lapse = [handshake, longest, shortest, last].into_iter().sum();
    kernel.expect_row(Id::SumRTT, sum.milliseconds());
    kernel.expect_row(Id::HCSumRTT, sum.milliseconds());
}

#[test]
fn one_ack_is_one_sample_of_the_oldest_octet() {
    let (mut kernel, mut peer, _) = accepted_in(1);
    let first = kernel.write(1000);
    sleep(Duration::from_millis(20));
    kernel.write(2000);
    peer.expect_data(1..3001, 1000);
    let acknowledged = peer.send(ack(3001));
    kernel.expect_rows(&[(Id::CountRTT, 2)]);
    kernel.expect_row(Id::SampleRTT, first.until(acknowledged).milliseconds());
}

/// Samples that leave the smoothed round trip time as it was are samples, too.
#[test]
fn many_equal_round_trips_are_all_counted() {
    let (mut kernel, mut peer, handshake) = accepted_in(0);
    let trips: Vec<Lapse> = (0..100)
        .map(|index| round_trip(&mut kernel, &mut peer, 1 + 1000 * index, 1000, 0))
        .collect();
    kernel.expect_rows(&[(Id::CountRTT, 101)]);
    let sum: Lapse = trips.into_iter().chain([handshake]).sum();
    kernel.expect_row(Id::SumRTT, sum.milliseconds());
}

#[test]
fn what_acknowledges_nothing_new_is_no_sample() {
    let (mut kernel, mut peer, lapse) = accepted_in(15);
    kernel.write(2000);
    peer.expect_data(1..2001, 1000);
    peer.send(ack(1));
    peer.send(ack(1).window(3000));
    peer.send(data(1..1001).acknowledging(1));
    peer.expect(ack(1001));
    kernel.expect_rows(&[(Id::CountRTT, 1)]);
    for id in [Id::SampleRTT, Id::MinRTT, Id::MaxRTT, Id::SumRTT, Id::HCSumRTT] {
        kernel.expect_row(id, lapse.milliseconds());
    }
}

/// RFC 6298, section 3: which transmission the ACK is of cannot be known.
#[test]
fn the_ack_of_a_retransmission_is_no_sample_without_timestamps() {
    let (mut kernel, mut peer) = Setup::default().impatient().ends();
    kernel.listen();
    let handshake = peer.open_slowly(Duration::from_millis(15));
    kernel.accept();
    kernel.write(1000);
    peer.expect(data(1..1001));
    peer.expect(data(1..1001));
    peer.send(ack(1001));
    kernel.expect_rows(&[(Id::Timeouts, 1), (Id::CountRTT, 1)]);
    kernel.expect_row(Id::SampleRTT, handshake.milliseconds());
    // The next octets were sent once.
    let last = round_trip(&mut kernel, &mut peer, 1001, 1000, 3);
    kernel.expect_rows(&[(Id::CountRTT, 2)]);
    kernel.expect_row(Id::SampleRTT, last.milliseconds());
}

/// Nor is the answer to a repeated SYN.
#[test]
fn without_a_sample_there_is_no_sum() {
    let (mut kernel, mut peer) = Setup::default().ends();
    kernel.begin_to_connect();
    peer.expect(syn());
    peer.expect(syn());
    peer.send(syn_ack().acknowledging(1));
    peer.expect(ack(1));
    kernel.finish_connecting();
    kernel.expect_rows(&[(Id::CountRTT, 0), (Id::SumRTT, 0), (Id::HCSumRTT, 0)]);
    let lapse = round_trip(&mut kernel, &mut peer, 1, 1000, 20);
    kernel.expect_rows(&[(Id::CountRTT, 1)]);
    for id in [Id::SampleRTT, Id::MinRTT, Id::MaxRTT, Id::SumRTT, Id::HCSumRTT] {
        kernel.expect_row(id, lapse.milliseconds());
    }
}

/// RFC 7323, section 4: the echo says which transmission the ACK is of. The timestamps' clock has a resolution of 1 ms, so the
/// difference of two of its readings may be one more than the whole milliseconds between them.
#[test]
fn the_ack_of_a_retransmission_is_a_sample_with_timestamps() {
    let (mut kernel, mut peer) = Setup::default().impatient().with_timestamps().accepted();
    let sent = kernel.write(500);
    let original = peer.expect(data(1..501)).timestamps.expect("timestamps");
    peer.expect(data(1..501));
    // The ACK of the original, which took its time.
    let acknowledged = peer.send(ack(501).timestamps(1_000_000, original.0));
    kernel.expect_rows(&[(Id::Timeouts, 1), (Id::CountRTT, 2)]);
    let lapse = sent.until(acknowledged).milliseconds();
    kernel.expect_row(Id::SampleRTT, *lapse.start()..=lapse.end() + 1);
    kernel.expect_row(Id::MaxRTT, *lapse.start()..=lapse.end() + 1);
}

#[test]
fn timestamps_do_not_make_samples_coarser() {
    let (mut kernel, mut peer) = Setup::default().with_timestamps().ends();
    kernel.listen();
    let handshake = peer.open_slowly(Duration::from_millis(10));
    kernel.accept();
    let sent = kernel.write(500);
    peer.expect(data(1..501));
    sleep(Duration::from_millis(25));
    let lapse = sent.until(peer.send(ack(501)));
    kernel.expect_rows(&[(Id::CountRTT, 2)]);
    kernel.expect_row(Id::SampleRTT, lapse.milliseconds());
    let sum: Lapse = [handshake, lapse].into_iter().sum();
    kernel.expect_row(Id::SumRTT, sum.milliseconds());
}

/// A SACK block says when an octet arrived as well as an ACK does.
#[test]
fn selectively_acknowledged_octets_are_a_sample() {
    let (mut kernel, mut peer, handshake) = accepted_in(10);
    let sent = kernel.write(2000);
    peer.expect_data(1..2001, 1000);
    sleep(Duration::from_millis(30));
    let lapse = sent.until(peer.send(ack(1).sack(1001..2001)));
    kernel.expect_rows(&[(Id::CountRTT, 2)]);
    kernel.expect_row(Id::SampleRTT, lapse.milliseconds());
    let sum: Lapse = [handshake, lapse].into_iter().sum();
    kernel.expect_row(Id::SumRTT, sum.milliseconds());
}

#[test]
fn the_ack_of_the_fin_is_a_sample() {
    let (mut kernel, mut peer, _) = accepted_in(1);
    let sent = kernel.shut_down();
    peer.expect(fin(1));
    sleep(Duration::from_millis(20));
    let lapse = sent.until(peer.send(ack(2)));
    kernel.expect_rows(&[(Id::CountRTT, 2)]);
    kernel.expect_row(Id::SampleRTT, lapse.milliseconds());
}
