//! The largest fill of the queues between application, TCP and network.
//!
//! Feeds `MaxRetxQueue`, `MaxAppWQueue`, `MaxAppRQueue`, `MaxReasmQueue`.
//!
//! A queue of received data is longest just after a segment was processed. The socket is locked meanwhile, so the application reads
//! nothing: what it had read before the segment still holds, and is remembered here until the next look.

use crate::{Sample, Tables, sample::ahead};

/// Largest fills, octets.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Queues {
    /// Sent and not acknowledged.
    pub max_retransmit: u32,
    /// Written and not sent, where output stopped.
    pub max_write: u32,
    /// Received in order and not read.
    pub max_read: u32,
    /// From the next octet expected to the end of what waits out of order.
    pub max_reassembly: u32,
    copied_seq: u32,
}

impl Queues {
    /// Tables were switched on: what they show begins now.
    #[inline(always)]
    pub fn forget(&mut self, fresh: Tables) {
        if fresh.any(Tables::STACK) {
            self.max_retransmit = 0;
            self.max_reassembly = 0;
        }
        if fresh.any(Tables::APP) {
            self.max_write = 0;
            self.max_read = 0;
        }
    }

    /// Takes the socket as it is for the starting point.
    #[inline(always)]
    pub fn start(&mut self, now: &Sample) {
        self.copied_seq = now.copied_seq;
    }

    /// Takes the present fills in.
    #[inline(always)]
    pub fn settle(&mut self, now: &Sample) {
        raise(&mut self.max_retransmit, now.octets_out());
        raise(&mut self.max_write, now.octets_waiting());
        self.settle_receiver(now);
    }

    /// Takes the present fills of the queues of received data in.
    #[inline(always)]
    pub fn settle_receiver(&mut self, now: &Sample) {
        let read = ahead(now.rcv_nxt, self.copied_seq);
        raise(
            &mut self.max_read,
            if now.fin_received && read > 0 { read - 1 } else { read },
        );
        raise(&mut self.max_reassembly, now.reassembly);
        self.copied_seq = now.copied_seq;
    }

    /// A packet leaves whose payload ends at `end`: from here on it waits for its acknowledgement, and the rest for output.
    #[inline(always)]
    pub fn sent(&mut self, now: &Sample, end: u32) {
        raise(&mut self.max_retransmit, ahead(end, now.snd_una));
        let rest = Sample { snd_nxt: end, ..*now };
        raise(&mut self.max_write, rest.octets_waiting());
    }
}

#[inline(always)]
fn raise(max: &mut u32, value: u32) {
    if value > *max {
        *max = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_application_read_after_the_segment_was_in_the_queue_before() {
        let mut queues = Queues::default();
        queues.start(&Sample {
            rcv_nxt: 1000,
            copied_seq: 1000,
            ..Sample::default()
        });
        queues.settle(&Sample {
            rcv_nxt: 6000,
            copied_seq: 6000,
            ..Sample::default()
        });
        assert_eq!(queues.max_read, 5000);
        queues.settle(&Sample {
            rcv_nxt: 7001,
            copied_seq: 6500,
            fin_received: true,
            ..Sample::default()
        });
        assert_eq!(queues.max_read, 5000);
    }

    #[test]
    fn a_fin_is_not_data() {
        let mut queues = Queues::default();
        queues.start(&Sample {
            copied_seq: 100,
            ..Sample::default()
        });
        queues.settle(&Sample {
            rcv_nxt: 201,
            copied_seq: 100,
            fin_received: true,
            ..Sample::default()
        });
        assert_eq!(queues.max_read, 100);
    }

    #[test]
    fn the_packet_that_leaves_moves_from_one_queue_to_the_other() {
        let mut queues = Queues::default();
        let now = Sample {
            snd_una: 1000,
            snd_nxt: 2000,
            write_seq: 9000,
            ..Sample::default()
        };
        queues.sent(&now, 3000);
        assert_eq!((queues.max_retransmit, queues.max_write), (2000, 6000));
    }
}
