//! Receive windows announced in both directions.
//!
//! Feeds `MaxRwinSent`, `ZeroRwinSent` (from each packet sent) and `ZeroRwinRcvd` (from the window that each segment left). The
//! zero counters count transitions: further announcements of a closed window are no event.

use crate::Sample;

/// Windows, octets, after scaling.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Windows {
    /// Largest window announced to the peer.
    pub max_sent: u32,
    /// Transitions of the announced window to zero.
    pub zero_sent: u32,
    /// Transitions of the peer's window to zero.
    pub zero_rcvd: u32,
    last_sent: u32,
    last_rcvd: u32,
}

impl Windows {
    /// Takes the socket as it is for the starting point. `rcv_wnd` is the last window announced.
    #[inline(always)]
    pub fn start(&mut self, now: &Sample, rcv_wnd: u32) {
        self.max_sent = if rcv_wnd > self.max_sent {
            rcv_wnd
        } else {
            self.max_sent
        };
        self.last_sent = rcv_wnd;
        self.last_rcvd = now.snd_wnd;
    }

    /// A packet that announces `rcv_wnd` leaves.
    #[inline(always)]
    pub fn sent(&mut self, rcv_wnd: u32) {
        if rcv_wnd > self.max_sent {
            self.max_sent = rcv_wnd;
        }
        if rcv_wnd == 0 && self.last_sent != 0 {
            self.zero_sent += 1;
        }
        self.last_sent = rcv_wnd;
    }

    /// Accounts for the window that the last segment announced.
    #[inline(always)]
    pub fn settle(&mut self, now: &Sample) {
        if now.snd_wnd == 0 && self.last_rcvd != 0 {
            self.zero_rcvd += 1;
        }
        self.last_rcvd = now.snd_wnd;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_window_counts_once() {
        let mut windows = Windows::default();
        windows.start(
            &Sample {
                snd_wnd: 1000,
                ..Sample::default()
            },
            65_536,
        );
        for rcv_wnd in [70_000, 0, 0, 0, 10, 0] {
            windows.sent(rcv_wnd);
        }
        assert_eq!((windows.max_sent, windows.zero_sent), (70_000, 2));
        for snd_wnd in [0, 0, 500, 0] {
            windows.settle(&Sample {
                snd_wnd,
                ..Sample::default()
            });
        }
        assert_eq!(windows.zero_rcvd, 2);
    }
}
