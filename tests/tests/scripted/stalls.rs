//! Packets that a queue of the kernel's own host refuses, which the queue counts as well.

use std::process::Command;

use estats_spec::Id;
use estats_tests::peer::{Kernel, Setup, ack, data};

/// Puts a queue before the device which passes one segment at once, holds so many octets, and passes another one only after a
/// minute.
fn narrow(kernel: &Kernel, octets: u32) {
    let queue = format!("qdisc replace dev tun0 root tbf rate 17bps burst 1100 limit {octets}");
    kernel.namespace.tool("tc", &queue, "").expect("a queue");
}

/// What the queue says that it refused.
fn refused(kernel: &Kernel) -> i64 {
    let output = kernel.namespace.run(|| {
        let mut tc = Command::new("tc");
        tc.args(["-s", "-j", "qdisc", "show", "dev", "tun0"]).output()
    });
    let output = output.expect("tc is installed").stdout;
    let queues: serde_json::Value = serde_json::from_slice(&output).expect("a list of queues");
    queues[0]["drops"].as_i64().expect("a count of drops")
}

#[test]
fn a_packet_that_a_queue_refuses_is_a_stall() {
    let setup = Setup {
        // What the application writes is not held back while an earlier packet is in the queue.
        settings: &[("ipv4/tcp_autocorking", "0")],
        ..Setup::default()
    };
    let (mut kernel, mut peer) = setup.accepted();
    narrow(&kernel, 1100);
    kernel.write(1000);
    peer.expect(data(1..1001));
    kernel.write(1000);
    kernel.expect_rows(&[(Id::SendStall, 0), (Id::CongSignals, 0)]);
    // The second segment fills the queue.
    kernel.write(1000);
    assert_eq!(refused(&kernel), 1);
    kernel.expect_rows(&[(Id::SendStall, 1), (Id::CongSignals, 1)]);
    // The ACK of the first lets the kernel try again; the window is reduced for it already.
    peer.send(ack(1001));
    assert_eq!(refused(&kernel), 2);
    kernel.expect_rows(&[(Id::SendStall, 2), (Id::CongSignals, 1)]);
}

#[test]
fn a_packet_that_waits_in_a_queue_or_is_flushed_from_it_is_no_stall() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    narrow(&kernel, 10_000);
    kernel.write(3000);
    peer.expect(data(1..1001));
    let flush = "qdisc replace dev tun0 root pfifo limit 100";
    kernel.namespace.tool("tc", flush, "").expect("another queue");
    kernel.expect_rows(&[(Id::SendStall, 0), (Id::CongSignals, 0)]);
}

/// A packet filter's refusal is an error to TCP, and no congestion.
#[test]
fn a_packet_that_a_filter_drops_is_no_stall() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    let rules = "table inet filter {\nchain output {\ntype filter hook output priority 0;\noifname tun0 drop\n}\n}\n";
    kernel.namespace.tool("nft", "-f -", rules).expect("a filter");
    kernel.write(1000);
    peer.expect_nothing(std::time::Duration::ZERO);
    kernel.expect_rows(&[(Id::SendStall, 0), (Id::CongSignals, 0)]);
}
