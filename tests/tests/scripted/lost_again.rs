//! Retransmitted segments that are lost, too. The kernel has a counter of them for each namespace, which has to agree.

use estats_spec::Id;
use estats_tests::nstat::Counters;
use estats_tests::peer::{Kernel, Peer, Setup, ack, data};

/// The row, and the kernel's counter of the namespace, in which there is only this connection.
fn expect_lost_again(kernel: &mut Kernel, segments: i64) {
    let counters = Counters::read(&kernel.namespace).expect("counters");
    assert_eq!(counters.get("TcpExtTCPLostRetransmit").expect("a counter"), segments);
    kernel.expect_rows(&[(Id::LostRetransmitSegs, segments)]);
}

/// Ten segments, of which the first one is retransmitted for three that were received behind it.
fn retransmitted(setup: &Setup) -> (Kernel, Peer) {
    let (mut kernel, mut peer) = setup.accepted();
    kernel.write(20_000);
    peer.expect_data(1..10_001, 1000);
    peer.send(ack(1).sack(1001..4001));
    peer.expect(data(1..1001));
    (kernel, peer)
}

#[test]
fn each_timeout_after_the_first_loses_a_retransmission() {
    let (mut kernel, mut peer) = Setup::default().impatient().accepted();
    kernel.write(1000);
    peer.expect(data(1..1001));
    peer.expect(data(1..1001));
    expect_lost_again(&mut kernel, 0);
    peer.expect(data(1..1001));
    expect_lost_again(&mut kernel, 1);
    peer.expect(data(1..1001));
    expect_lost_again(&mut kernel, 2);
    peer.send(ack(1001));
    expect_lost_again(&mut kernel, 2);
}

/// RFC 8985: a segment that was sent after the retransmission has been received before it.
#[test]
fn a_retransmission_is_lost_when_what_was_sent_after_it_arrives() {
    let (mut kernel, mut peer) = retransmitted(&Setup::default());
    expect_lost_again(&mut kernel, 0);
    // The rest of the window arrives, and lets new data out.
    peer.send(ack(1).sack(1001..10_001));
    peer.expect(data(10_001..11_001));
    std::thread::sleep(std::time::Duration::from_millis(20));
    peer.send(ack(1).sack(1001..11_001));
    peer.expect_data(11_001..14_001, 1000);
    peer.expect(data(1..1001));
    expect_lost_again(&mut kernel, 1);
    peer.send(ack(11_001));
    expect_lost_again(&mut kernel, 1);
}

/// Two holes, each repaired by its retransmission.
#[test]
fn retransmissions_that_arrive_are_not_lost() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    kernel.write(10_000);
    peer.expect_data(1..10_001, 1000);
    peer.send(ack(1).sack(1001..4001).sack(5001..10_001));
    peer.expect(data(1..1001));
    peer.send(ack(4001).sack(5001..10_001));
    peer.expect(data(4001..5001));
    peer.send(ack(10_001));
    expect_lost_again(&mut kernel, 0);
}

/// The probe repeats the last segment, and the timeout after it is the first to take anything for lost.
#[test]
fn a_probe_that_is_lost_is_no_retransmission() {
    let setup = Setup {
        settings: &[("ipv4/tcp_early_retrans", "3")],
        ..Setup::default().impatient()
    };
    let (mut kernel, mut peer) = setup.accepted();
    kernel.write(2000);
    peer.expect_data(1..2001, 1000);
    peer.expect(data(1001..2001));
    peer.expect(data(1..1001));
    expect_lost_again(&mut kernel, 0);
    peer.send(ack(2001));
    expect_lost_again(&mut kernel, 0);
}
