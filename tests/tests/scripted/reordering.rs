//! Duplicate ACKs in both directions, and what reordering is told from them.

use std::time::Duration;

use estats_spec::Id;
use estats_tests::peer::{Kernel, Peer, Setup, ack, data, fin, syn, syn_ack};
use estats_tests::traffic::Options;

/// A connection without SACK that has 5000 octets outstanding.
fn outstanding() -> (Kernel, Peer) {
    let (mut kernel, mut peer) = Setup::default().without_sack().accepted();
    kernel.write(5000);
    peer.expect_data(1..5001, 1000);
    (kernel, peer)
}

/// The rows of the sender's side: duplicates, episodes without recovery, duplicates in them, octets of their closing ACKs.
fn expect_received(kernel: &mut Kernel, [duplicates, episodes, in_episodes, octets]: [i64; 4]) {
    kernel.expect_rows(&[
        (Id::DupAcksIn, duplicates),
        (Id::NonRecovDAEpisodes, episodes),
        (Id::NonRecovDA, in_episodes),
        (Id::SumOctetsReordered, octets),
    ]);
}

#[test]
fn an_episode_ends_with_the_ack_that_advances() {
    let (mut kernel, mut peer) = outstanding();
    peer.send(ack(1));
    peer.send(ack(1));
    expect_received(&mut kernel, [2, 0, 0, 0]);
    peer.send(ack(3001));
    expect_received(&mut kernel, [2, 1, 2, 3000]);
    // The next advance closes nothing.
    peer.send(ack(5001));
    expect_received(&mut kernel, [2, 1, 2, 3000]);
}

#[test]
fn episodes_add_up() {
    let (mut kernel, mut peer) = outstanding();
    peer.send(ack(1));
    peer.send(ack(2001));
    peer.send(ack(2001));
    peer.send(ack(2001));
    peer.send(ack(3001));
    expect_received(&mut kernel, [3, 2, 3, 3000]);
}

#[test]
fn an_episode_that_ends_in_a_fast_retransmit_is_a_loss() {
    let (mut kernel, mut peer) = outstanding();
    for _ in 0..4 {
        peer.send(ack(1));
    }
    peer.expect(data(1..1001));
    peer.send(ack(5001));
    expect_received(&mut kernel, [4, 0, 0, 0]);
}

#[test]
fn an_episode_that_ends_in_a_timeout_is_a_loss() {
    let (mut kernel, mut peer) = Setup::default().impatient().without_sack().accepted();
    kernel.write(3000);
    peer.expect_data(1..3001, 1000);
    peer.send(ack(1));
    peer.expect(data(1..1001));
    peer.send(ack(3001));
    expect_received(&mut kernel, [1, 0, 0, 0]);
}

/// RFC 5681, section 2: what makes a duplicate.
#[test]
fn what_looks_like_a_duplicate_is_none() {
    let (mut kernel, mut peer) = outstanding();
    // Data; an advance.
    peer.send(data(1..101).acknowledging(1));
    peer.send(ack(5001));
    // Nothing is outstanding.
    peer.send(ack(5001));
    peer.send(ack(5001));
    expect_received(&mut kernel, [0, 0, 0, 0]);
}

#[test]
fn an_ack_that_opens_the_window_is_no_duplicate() {
    let (mut kernel, mut peer) = Setup::default().without_sack().accepted();
    peer.set_window(30_000);
    peer.send(data(1..101).acknowledging(1));
    peer.expect(ack(101));
    kernel.write(5000);
    peer.expect_data(1..5001, 1000);
    peer.send(ack(1).window(40_000));
    peer.send(ack(1).window(50_000));
    peer.send(ack(5001).window(50_000));
    expect_received(&mut kernel, [0, 0, 0, 0]);
}

/// The kernel does not believe it (an ACK alone cannot take back what was offered), but neither is it like the one before.
#[test]
fn an_ack_that_narrows_the_window_is_no_duplicate() {
    let (mut kernel, mut peer) = outstanding();
    peer.send(ack(1).window(60_000));
    peer.send(ack(5001).window(60_000));
    expect_received(&mut kernel, [0, 0, 0, 0]);
}

/// The round trip time is long, so that the kernel waits a tenth of a second before it takes the hole for a loss (RFC 8985: a
/// quarter).
#[test]
fn selective_acks_of_reordered_data_are_an_episode() {
    let (mut kernel, mut peer) = Setup::default().ends();
    kernel.listen();
    peer.open_slowly(Duration::from_millis(400));
    kernel.accept();
    kernel.write(3000);
    peer.expect_data(1..3001, 1000);
    peer.send(ack(1).sack(1001..2001));
    peer.send(ack(2001));
    expect_received(&mut kernel, [1, 1, 1, 2000]);
    kernel.expect_rows(&[(Id::FastRetran, 0)]);
}

/// RFC 6675, section 2: what matters is whether SACK says something that was not known.
#[test]
fn an_ack_that_changes_the_window_is_a_duplicate_if_it_brings_news() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    kernel.write(5000);
    peer.expect_data(1..5001, 1000);
    peer.send(ack(1).sack(1001..2001).window(60_000));
    kernel.expect_rows(&[(Id::DupAcksIn, 1)]);
    // The window opens again, and nothing else is new.
    peer.send(ack(1).sack(1001..2001).window(61_000));
    kernel.expect_rows(&[(Id::DupAcksIn, 1)]);
    // As the one before it (RFC 5681).
    peer.send(ack(1).sack(1001..2001).window(61_000));
    kernel.expect_rows(&[(Id::DupAcksIn, 2)]);
    // More of the same block, and a block that is contained in it.
    peer.send(ack(1).sack(1001..3001).window(62_000));
    kernel.expect_rows(&[(Id::DupAcksIn, 3)]);
    peer.send(ack(1).sack(2001..3001).window(63_000));
    kernel.expect_rows(&[(Id::DupAcksIn, 3)]);
}

/// RFC 6675 leaves reports of duplicates out, but not what else their ACK says.
#[test]
fn an_ack_that_reports_a_duplicate_is_none_unless_it_brings_news() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    kernel.write(5000);
    peer.expect_data(1..5001, 1000);
    peer.send(ack(1001));
    peer.send(ack(1001).sack(1..1001));
    kernel.expect_rows(&[(Id::DupAcksIn, 0), (Id::DSACKDups, 1)]);
    peer.send(ack(1001).sack(1..1001).sack(2001..3001));
    kernel.expect_rows(&[(Id::DupAcksIn, 1), (Id::DSACKDups, 2)]);
}

#[test]
fn duplicates_count_while_the_connection_is_being_closed() {
    let (mut kernel, mut peer) = Setup::default().without_sack().accepted();
    kernel.write(5000);
    kernel.shut_down();
    peer.expect_data(1..5001, 1000);
    peer.expect(fin(5001));
    peer.send(ack(1));
    peer.send(ack(1));
    peer.send(data(1..101).acknowledging(1));
    peer.send(ack(2001));
    kernel.expect_rows(&[(Id::DupAcksIn, 2), (Id::NonRecovDA, 2), (Id::NonRecovDAEpisodes, 1)]);
}

#[test]
fn duplicates_sent_are_counted_and_their_runs() {
    let setup = Setup {
        // Every duplicate is sent, and at once.
        settings: &[("ipv4/tcp_comp_sack_nr", "0")],
        ..Setup::default()
    };
    let (mut kernel, mut peer) = setup.accepted();
    peer.send(data(1..1001));
    peer.expect(ack(1001));
    kernel.expect_rows(&[(Id::DupAcksOut, 0), (Id::DupAckEpisodes, 0)]);
    for start in (2001..7001).step_by(1000) {
        peer.send(data(start..start + 1000));
        peer.expect(ack(1001).sack(2001..start + 1000));
    }
    kernel.expect_rows(&[(Id::DupAcksOut, 5), (Id::DupAckEpisodes, 1)]);
    peer.send(data(1001..2001));
    peer.expect(ack(7001));
    kernel.expect_rows(&[(Id::DupAcksOut, 5), (Id::DupAckEpisodes, 1)]);
    peer.send(data(8001..9001));
    peer.expect(ack(7001).sack(8001..9001));
    kernel.expect_rows(&[(Id::DupAcksOut, 6), (Id::DupAckEpisodes, 2)]);
}

/// RFC 5681, section 2: the window is the one that the SYN-ACK announced, if the window is not scaled, and another one if it is.
#[test]
fn the_first_ack_sent_may_repeat_the_syn_ack() {
    for (scale, duplicates) in [(None, [1, 2]), (Some(0), [0, 1])] {
        let mut setup = Setup::default().without_sack();
        setup.offer.window_scale = scale;
        let (mut kernel, mut peer) = setup.ends();
        kernel.listen();
        peer.send(syn());
        let offered = peer.expect(syn_ack()).window;
        peer.send(ack(1));
        kernel.accept();
        for (start, count) in [1001, 2001].into_iter().zip(duplicates) {
            peer.send(data(start..start + 1000));
            let repeated = peer.expect(ack(1));
            assert_eq!(repeated.window == offered, scale.is_none(), "{repeated}");
            kernel.expect_rows(&[(Id::DupAcksOut, count), (Id::DupAckEpisodes, count.min(1))]);
        }
    }
}

/// A receiver whose application reads late, with a hole before the last segment.
#[test]
fn a_window_update_with_the_same_sack_block_is_no_duplicate() {
    let setup = Setup {
        settings: &[("ipv4/tcp_comp_sack_nr", "0")],
        socket: Options {
            receive_buffer: Some(16_384),
            ..Options::default()
        },
        ..Setup::default()
    };
    let (mut kernel, mut peer) = setup.accepted();
    let mut window = 0;
    for start in (1..12_001).step_by(1000) {
        peer.send(data(start..start + 1000));
        window = peer.expect(ack(start + 1000)).window.expect("a window");
    }
    peer.send(data(13_001..14_001));
    peer.expect(ack(12_001).window(window).sack(13_001..14_001));
    kernel.expect_rows(&[(Id::DupAcksOut, 1), (Id::DupAckEpisodes, 1)]);
    kernel.read(12_000);
    let update = peer.expect(ack(12_001).sack(13_001..14_001));
    assert!(update.window > Some(window), "{update}");
    kernel.expect_rows(&[(Id::DupAcksOut, 1), (Id::DupAckEpisodes, 1)]);
    // Beside a change of the window, the next one has news.
    peer.send(data(14_001..15_001));
    peer.expect(ack(12_001).sack(13_001..15_001));
    kernel.expect_rows(&[(Id::DupAcksOut, 2), (Id::DupAckEpisodes, 1)]);
}

#[test]
fn an_ack_sent_to_report_a_duplicate_is_none() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    peer.send(data(1..1001));
    peer.expect(ack(1001));
    peer.send(data(1..1001));
    peer.expect(ack(1001).sack(1..1001));
    kernel.expect_rows(&[(Id::DupAcksOut, 0), (Id::DupAckEpisodes, 0)]);
}

#[test]
fn acks_of_data_in_order_are_no_duplicates() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    for start in (1..5001).step_by(1000) {
        peer.send(data(start..start + 1000));
        peer.expect(ack(start + 1000));
    }
    // The same number beside data.
    kernel.write(2000);
    peer.expect_data(1..2001, 1000);
    kernel.expect_rows(&[(Id::DupAcksOut, 0), (Id::DupAckEpisodes, 0)]);
}
