//! Windows announced by either side.

use estats_spec::Id;
use estats_tests::peer::{Kernel, Offer, Peer, Setup, ack, data, syn, syn_ack};
use estats_tests::traffic::Options;

#[test]
fn each_change_to_a_closed_window_counts_once() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    kernel.expect_rows(&[(Id::ZeroRwinRcvd, 0)]);
    peer.close_window();
    kernel.expect_rows(&[(Id::ZeroRwinRcvd, 1)]);
    peer.send(ack(1).window(0));
    peer.send(data(3..101).window(0));
    peer.expect(ack(101));
    kernel.expect_rows(&[(Id::ZeroRwinRcvd, 1)]);
    peer.send(ack(1).window(3000));
    kernel.expect_rows(&[(Id::ZeroRwinRcvd, 1)]);
    peer.close_window();
    kernel.expect_rows(&[(Id::ZeroRwinRcvd, 2), (Id::CurRwinRcvd, 0)]);
}

#[test]
fn a_small_window_is_not_a_closed_one() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    kernel.write(1000);
    peer.expect(data(1..1001));
    peer.send(ack(1001).window(1));
    peer.send(ack(1001).window(2000));
    kernel.expect_rows(&[(Id::ZeroRwinRcvd, 0)]);
}

#[test]
fn the_largest_window_received_is_kept_in_octets() {
    let offer = Offer {
        window_scale: Some(2),
        ..Offer::default()
    };
    let setup = Setup {
        offer,
        ..Setup::default()
    };
    let (mut kernel, mut peer) = setup.ends();
    kernel.listen();
    // The window of a SYN is not scaled.
    peer.set_window(2000);
    peer.send(syn());
    peer.expect(syn_ack());
    peer.send(ack(1).window(1000));
    kernel.accept();
    kernel.expect_rows(&[(Id::MaxRwinRcvd, 4000), (Id::CurRwinRcvd, 4000)]);
    peer.send(ack(1).window(3000));
    kernel.expect_rows(&[(Id::MaxRwinRcvd, 12_000), (Id::CurRwinRcvd, 12_000)]);
    // Only a segment that is newer than the last one can take back what was offered.
    peer.send(data(1..101));
    peer.send(ack(1).window(2500));
    kernel.expect_rows(&[(Id::MaxRwinRcvd, 12_000), (Id::CurRwinRcvd, 10_000)]);
}

/// Where the kernel cannot scale, the window of a segment is exactly what it means.
fn unscaled(receive_buffer: u32) -> (Kernel, Peer) {
    let setup = Setup {
        socket: Options {
            receive_buffer: Some(receive_buffer),
            ..Options::default()
        },
        offer: Offer {
            window_scale: None,
            ..Offer::default()
        },
        ..Setup::default()
    };
    setup.ends()
}

/// Sends data from `start` on until the kernel announces a closed window. Returns the number after the last octet, and the
/// largest window announced on the way.
fn close_window(peer: &mut Peer, start: u32, window: u16) -> (u32, u16) {
    let (mut next, mut window, mut largest) = (start, window, window);
    while window > 0 {
        let size = u32::from(window).min(1000);
        peer.send(data(next..next + size));
        next += size;
        window = peer.expect(ack(next)).window.expect("a segment that was seen");
        largest = largest.max(window);
    }
    (next, largest)
}

#[test]
fn each_change_of_our_window_to_closed_counts_once() {
    let (mut kernel, mut peer) = unscaled(8192);
    kernel.listen();
    peer.send(syn());
    let first = peer.expect(syn_ack()).window.expect("a segment that was seen");
    peer.send(ack(1));
    kernel.accept();
    kernel.expect_rows(&[(Id::ZeroRwinSent, 0), (Id::MaxRwinSent, first.into())]);
    let (end, largest) = close_window(&mut peer, 1, first);
    kernel.expect_rows(&[(Id::ZeroRwinSent, 1), (Id::MaxRwinSent, largest.into())]);
    // A probe of the closed window is answered with a closed window.
    peer.send(data(end..end + 1));
    peer.expect(ack(end).window(0));
    kernel.expect_rows(&[(Id::ZeroRwinSent, 1)]);
    // Reading opens it, and there is room for it to close again.
    kernel.read(end as usize - 1);
    let opened = peer.expect(ack(end)).window.expect("a segment that was seen");
    let (_, second) = close_window(&mut peer, end, opened);
    let largest = largest.max(opened).max(second);
    kernel.expect_rows(&[(Id::ZeroRwinSent, 2), (Id::MaxRwinSent, largest.into())]);
}

#[test]
fn the_largest_window_sent_is_kept_in_octets() {
    let (mut kernel, mut peer) = Setup::default().ends();
    kernel.listen();
    peer.send(syn());
    let seen = peer.expect(syn_ack());
    let mut largest = i64::from(seen.window.expect("a segment that was seen"));
    let scale = seen.window_scale.expect("the kernel offers scaling");
    peer.send(ack(1));
    kernel.accept();
    kernel.expect_rows(&[(Id::MaxRwinSent, largest)]);
    for start in (1..20_001).step_by(1000) {
        peer.send(data(start..start + 1000));
        let window = peer.expect(ack(start + 1000)).window.expect("a segment that was seen");
        largest = largest.max(i64::from(window) << scale);
    }
    kernel.expect_rows(&[(Id::MaxRwinSent, largest), (Id::ZeroRwinSent, 0)]);
}

#[test]
fn a_window_that_shrinks_but_stays_open_is_not_closed() {
    let (mut kernel, mut peer) = unscaled(16_384);
    kernel.listen();
    peer.send(syn());
    let first = peer.expect(syn_ack()).window.expect("a segment that was seen");
    peer.send(ack(1));
    kernel.accept();
    peer.send(data(1..1001));
    peer.expect(ack(1001));
    // Nor is a closed window of the peer one of ours.
    peer.send(ack(1).window(0));
    kernel.expect_rows(&[(Id::ZeroRwinSent, 0), (Id::MaxRwinSent, first.into())]);
}
