//! Octets received, and the last IP header of either direction.

mod ecn;
mod sack;

use estats_spec::Id;
use estats_tests::peer::{Setup, ack, data, fin, syn, syn_ack};
use estats_tests::scene::Family;
use estats_tests::sockopt;
use estats_tests::traffic::Options;

#[test]
fn repeated_and_early_octets_count_as_received() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    peer.send(data(1..1001));
    peer.expect(ack(1001));
    peer.send(data(1..1001));
    peer.expect(ack(1001).sack(1..1001));
    peer.send(data(2001..2501));
    peer.expect(ack(1001).sack(2001..2501));
    peer.send(data(1001..2001));
    peer.expect(ack(2501));
    kernel.expect_rows(&[
        (Id::DataOctetsIn, 3500),
        (Id::HCDataOctetsIn, 3500),
        (Id::ThruOctetsReceived, 2500),
    ]);
}

#[test]
fn octets_that_come_after_our_fin_count() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    peer.send(data(1..1001));
    peer.expect(ack(1001));
    kernel.shut_down();
    peer.expect(fin(1));
    peer.send(data(1001..1501).acknowledging(1));
    peer.expect(ack(1501));
    // The FIN is acknowledged: the kernel is in FIN-WAIT-2.
    peer.send(ack(2));
    peer.send(data(1501..1801));
    peer.expect(ack(1801));
    kernel.expect_rows(&[(Id::DataOctetsIn, 1800), (Id::HCDataOctetsIn, 1800)]);
}

#[test]
fn octets_with_and_after_the_peers_fin_count() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    peer.send(data(1..1001).with_fin());
    peer.expect(ack(1002));
    // A repetition, in CLOSE-WAIT.
    peer.send(data(501..1001));
    peer.expect(ack(1002).sack(501..1001));
    kernel.expect_rows(&[(Id::DataOctetsIn, 1500), (Id::HCDataOctetsIn, 1500)]);
}

#[test]
fn octets_that_come_with_the_last_ack_of_the_handshake_count() {
    let (mut kernel, mut peer) = Setup::default().ends();
    kernel.listen();
    peer.send(syn());
    peer.expect(syn_ack());
    peer.send(data(1..701).acknowledging(1));
    peer.expect(ack(701));
    kernel.accept();
    kernel.expect_rows(&[(Id::DataOctetsIn, 700), (Id::HCDataOctetsIn, 700)]);
}

#[test]
fn segments_without_data_are_no_octets() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    kernel.write(1000);
    peer.expect(data(1..1001));
    peer.send(ack(1));
    peer.send(ack(1001).window(500));
    // A keep-alive.
    peer.send(ack(1001).at(0));
    peer.expect(ack(1));
    peer.send(fin(1));
    peer.expect(ack(2));
    kernel.expect_rows(&[(Id::DataOctetsIn, 0), (Id::HCDataOctetsIn, 0)]);
}

#[test]
fn ttl_and_tos_are_those_of_the_last_packet_received() {
    for family in [Family::Ipv4, Family::Ipv6] {
        let setup = Setup {
            family,
            ..Setup::default()
        };
        let (mut kernel, mut peer) = setup.accepted();
        peer.send(data(1..1001).ttl(17).tos(0x2b));
        peer.expect(ack(1001));
        kernel.expect_rows(&[(Id::IpTtl, 17), (Id::IpTosIn, 0x2b)]);
        peer.send(ack(1).ttl(255).tos(0xb8));
        kernel.expect_rows(&[(Id::IpTtl, 255), (Id::IpTosIn, 0xb8)]);
        // What goes out does not matter.
        kernel.write(1000);
        peer.expect(data(1..1001).ttl(64).tos(0));
        kernel.expect_rows(&[(Id::IpTtl, 255), (Id::IpTosIn, 0xb8)]);
    }
}

#[test]
fn ttl_and_tos_of_the_handshake_are_seen() {
    let (mut kernel, mut peer) = Setup::default().ends();
    kernel.listen();
    peer.send(syn().ttl(9).tos(0x04));
    peer.expect(syn_ack());
    peer.send(ack(1).ttl(33).tos(0x20));
    kernel.accept();
    kernel.expect_rows(&[(Id::IpTtl, 33), (Id::IpTosIn, 0x20)]);
}

#[test]
fn ttl_and_tos_of_the_answer_to_our_syn_are_seen() {
    let (mut kernel, mut peer) = Setup::default().ends();
    kernel.begin_to_connect();
    peer.expect(syn());
    peer.send(syn_ack().acknowledging(1).ttl(33).tos(0x20));
    peer.expect(ack(1));
    kernel.finish_connecting();
    kernel.expect_rows(&[(Id::IpTtl, 33), (Id::IpTosIn, 0x20)]);
}

#[test]
fn ttl_and_tos_are_followed_while_closing() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    kernel.shut_down();
    peer.expect(fin(1));
    peer.send(ack(2).ttl(5).tos(0x48));
    kernel.expect_rows(&[(Id::IpTtl, 5), (Id::IpTosIn, 0x48)]);
}

#[test]
fn the_tos_sent_changes_with_the_segment_not_with_the_option() {
    for family in [Family::Ipv4, Family::Ipv6] {
        let (level, option) = match family {
            Family::Ipv4 => (libc::IPPROTO_IP, libc::IP_TOS),
            Family::Ipv6 => (libc::IPPROTO_IPV6, libc::IPV6_TCLASS),
        };
        let setup = Setup {
            family,
            socket: Options {
                tos: Some(0x28),
                ..Options::default()
            },
            ..Setup::default()
        };
        let (mut kernel, mut peer) = setup.connected();
        kernel.expect_rows(&[(Id::IpTosOut, 0x28)]);
        sockopt::set(kernel.socket(), level, option, 0x10).expect("setsockopt");
        peer.send(ack(1).tos(0x68));
        kernel.expect_rows(&[(Id::IpTosOut, 0x28)]);
        kernel.write(1000);
        peer.expect(data(1..1001).tos(0x10));
        kernel.expect_rows(&[(Id::IpTosOut, 0x10)]);
    }
}

/// RFC 3168, section 6.1.4 and 6.1.5: data is sent with ECT(0), pure ACKs are not.
#[test]
fn the_tos_sent_has_the_ecn_bits() {
    let (mut kernel, mut peer) = Setup::default().with_ecn().accepted();
    kernel.write(1000);
    peer.expect(data(1..1001).tos(2));
    kernel.expect_rows(&[(Id::IpTosOut, 2)]);
    peer.send(data(1..1001).acknowledging(1001));
    peer.expect(ack(1001).tos(0));
    kernel.expect_rows(&[(Id::IpTosOut, 0)]);
}
