//! Who opened a connection.
//!
//! The kernel knows that only while it happens: a connection is attempted by the process that calls `connect()`, and made from a
//! listener by whatever the processor was doing when the packet came. So the process is noted at `connect()` in the connection's record,
//! which keeps it until the connection is announced, and at `listen()` in what is counted for the listener, from where the connections
//! that are made of it have theirs.

/// Octets of a thread's name, the zero at its end included (`TASK_COMM_LEN`).
pub const COMM: usize = 16;

/// The process that opened a connection, or the listener that it was made from.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opener {
    /// Its id, in the first pid namespace.
    pub pid: u32,
    /// Its name, ended by a zero.
    pub comm: [u8; COMM],
}

impl Opener {
    /// As numbers: the id, and the two halves of the name.
    #[inline(always)]
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the lower half of the name")]
    pub fn to_words(&self) -> (u64, u64, u64) {
        let name = u128::from_le_bytes(self.comm);
        (self.pid.into(), name as u64, (name >> 64) as u64)
    }

    /// From what [`Opener::to_words`] gives.
    #[inline(always)]
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the id has 32 bits")]
    pub fn from_words((pid, name, rest): (u64, u64, u64)) -> Opener {
        Opener {
            pid: pid as u32,
            comm: (u128::from(rest) << 64 | u128::from(name)).to_le_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Record;

    use super::*;

    #[test]
    fn a_record_hands_out_the_opener_once() {
        let opener = Opener {
            pid: 0xfedc_ba98,
            comm: *b"0123456789abcde\0",
        };
        let mut record = Record::default();
        record.keep_opener(&opener);
        assert_eq!(record.take_opener(), opener);
        assert_eq!(record.take_opener(), Opener::default());
        assert_eq!(record.send_limits.time_ns, [0; 5]);
    }
}
