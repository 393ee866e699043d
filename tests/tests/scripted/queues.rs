//! How long the queues of a connection were at most.

use estats_spec::Id;
use estats_tests::peer::{Setup, ack, data, fin};

#[test]
fn the_reassembly_queue_spans_from_the_hole_to_its_right_edge() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    peer.send(data(3001..4001));
    kernel.expect_rows(&[(Id::CurReasmQueue, 4000), (Id::MaxReasmQueue, 4000)]);
    peer.send(data(1..1001));
    kernel.expect_rows(&[(Id::CurReasmQueue, 3000), (Id::MaxReasmQueue, 4000)]);
    peer.send(data(5001..5501));
    kernel.expect_rows(&[(Id::CurReasmQueue, 4500), (Id::MaxReasmQueue, 4500)]);
    peer.send(data(1001..3001));
    kernel.expect_rows(&[(Id::CurReasmQueue, 1500), (Id::MaxReasmQueue, 4500)]);
    peer.send(data(4001..5001));
    kernel.expect_rows(&[(Id::CurReasmQueue, 0), (Id::MaxReasmQueue, 4500)]);
}

#[test]
fn data_in_order_and_data_out_of_the_window_are_not_reassembled() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    peer.send(data(1..1001));
    peer.send(data(1..1001));
    peer.send(data(1_000_001..1_001_001));
    peer.send(data(1001..2001));
    kernel.expect_rows(&[(Id::CurReasmQueue, 0), (Id::MaxReasmQueue, 0)]);
}

#[test]
fn what_the_application_left_unread_is_kept_at_its_largest() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    for start in (1..3001).step_by(1000) {
        peer.send(data(start..start + 1000));
    }
    kernel.expect_rows(&[(Id::CurAppRQueue, 3000), (Id::MaxAppRQueue, 3000)]);
    kernel.read(2500);
    kernel.expect_rows(&[(Id::CurAppRQueue, 500), (Id::MaxAppRQueue, 3000)]);
    peer.send(data(3001..4001));
    kernel.expect_rows(&[(Id::CurAppRQueue, 1500), (Id::MaxAppRQueue, 3000)]);
    kernel.read(1500);
    kernel.expect_rows(&[(Id::CurAppRQueue, 0), (Id::MaxAppRQueue, 3000)]);
}

/// It cannot be read before the hole is filled; and a FIN is no octet.
#[test]
fn data_behind_a_hole_is_not_unread() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    peer.send(data(1001..3001));
    kernel.expect_rows(&[(Id::CurAppRQueue, 0), (Id::MaxAppRQueue, 0)]);
    peer.send(data(1..1001));
    kernel.expect_rows(&[(Id::CurAppRQueue, 3000), (Id::MaxAppRQueue, 3000)]);
    kernel.read(3000);
    peer.send(data(3001..3001).with_fin());
    kernel.expect_rows(&[(Id::CurAppRQueue, 0), (Id::MaxAppRQueue, 3000)]);
}

#[test]
fn what_waits_for_its_acknowledgement_is_kept_at_its_largest() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    kernel.write(5000);
    peer.expect_data(1..5001, 1000);
    kernel.expect_rows(&[(Id::CurRetxQueue, 5000), (Id::MaxRetxQueue, 5000)]);
    peer.send(ack(3001));
    kernel.expect_rows(&[(Id::CurRetxQueue, 2000), (Id::MaxRetxQueue, 5000)]);
    kernel.write(2000);
    peer.expect_data(5001..7001, 1000);
    kernel.expect_rows(&[(Id::CurRetxQueue, 4000), (Id::MaxRetxQueue, 5000)]);
    // A FIN is no octet.
    kernel.write(1000);
    peer.expect(data(7001..8001));
    kernel.shut_down();
    peer.expect(fin(8001));
    kernel.expect_rows(&[(Id::CurRetxQueue, 5000), (Id::MaxRetxQueue, 5000)]);
    peer.send(ack(8002));
    kernel.expect_rows(&[(Id::CurRetxQueue, 0), (Id::MaxRetxQueue, 5000)]);
}

#[test]
fn received_data_waits_for_no_acknowledgement() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    peer.send(data(1..1001));
    peer.expect(ack(1001));
    kernel.expect_rows(&[(Id::CurRetxQueue, 0), (Id::MaxRetxQueue, 0)]);
}

#[test]
fn what_waits_for_a_window_is_kept_at_its_largest() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    peer.close_window();
    kernel.write(4000);
    kernel.write(3000);
    kernel.expect_rows(&[(Id::CurAppWQueue, 7000), (Id::MaxAppWQueue, 7000)]);
    peer.send(ack(1).window(2000));
    peer.expect_data(1..2001, 1000);
    kernel.expect_rows(&[(Id::CurAppWQueue, 5000), (Id::MaxAppWQueue, 7000)]);
    peer.send(ack(2001).window(10_000));
    peer.expect_data(2001..7001, 1000);
    kernel.expect_rows(&[(Id::CurAppWQueue, 0), (Id::MaxAppWQueue, 7000)]);
}

#[test]
fn received_data_waits_for_no_window() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    peer.send(data(1..1001));
    peer.expect(ack(1001));
    kernel.expect_rows(&[(Id::CurAppWQueue, 0), (Id::MaxAppWQueue, 0)]);
}
