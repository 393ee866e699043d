//! Octets that reach the socket in other ways than by a write.

use std::fs::File;
use std::io::{Read as _, copy};
use std::os::fd::AsRawFd as _;

use estats_spec::Id;
use estats_tests::peer::{Kernel, Peer, Setup, ack, data};
use estats_tests::sockopt;
use nix::errno::Errno;

use crate::counters::expect_counters;

/// Sends `octets` with flags of send(2).
fn send(kernel: &Kernel, octets: &[u8], flags: i32) {
    // SAFETY: the kernel reads so many bytes, which the slice has.
    let sent = unsafe { libc::send(kernel.socket().as_raw_fd(), octets.as_ptr().cast(), octets.len(), flags) };
    assert_eq!(Errno::result(sent).expect("send"), octets.len().cast_signed());
}

/// The kernel has sent 5000 octets in five segments; now they are acknowledged.
fn expect_five_segments(kernel: &mut Kernel, peer: &mut Peer) {
    peer.expect_data(1..5001, 1000);
    let moved = [
        (Id::SegsOut, 5),
        (Id::DataSegsOut, 5),
        (Id::DataOctetsOut, 5000),
        (Id::HCDataOctetsOut, 5000),
        (Id::MaxPipeSize, 5000),
        (Id::MaxRetxQueue, 5000),
    ];
    let out = [(Id::PipeSize, 5000), (Id::CountRTT, 1)];
    expect_counters(kernel, &[&moved[..], &out].concat());
    peer.send(ack(5001));
    let acknowledged = [(Id::ThruOctetsAcked, 5000), (Id::CountRTT, 2)];
    expect_counters(kernel, &[&moved[..], &acknowledged].concat());
}

#[test]
fn octets_of_a_file_are_octets() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    let file = File::open("/proc/self/exe").expect("this program");
    // From a file to a socket this is sendfile(2).
    let copied = copy(&mut file.take(5000), &mut kernel.socket()).expect("sendfile");
    assert_eq!(copied, 5000);
    expect_five_segments(&mut kernel, &mut peer);
}

#[test]
fn octets_that_are_not_copied_are_octets() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    sockopt::set(kernel.socket(), libc::SOL_SOCKET, libc::SO_ZEROCOPY, 1).expect("setsockopt");
    send(&kernel, &[0x5a; 5000], libc::MSG_ZEROCOPY);
    expect_five_segments(&mut kernel, &mut peer);
}

/// Urgent data are data.
#[test]
fn an_urgent_octet_is_an_octet() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    send(&kernel, b"!", libc::MSG_OOB);
    peer.expect(data(1..2));
    peer.send(ack(2));
    let moved = [
        (Id::DataSegsOut, 1),
        (Id::DataOctetsOut, 1),
        (Id::HCDataOctetsOut, 1),
        (Id::ThruOctetsAcked, 1),
        (Id::MaxPipeSize, 1),
        (Id::CountRTT, 2),
    ];
    expect_counters(&mut kernel, &moved);
}
