//! Rows of `tcpEStatsAppTable`. Columns 9 and 10 do not exist.

macro_rules! app {
    ([$($others:ident)*] $($rows:tt)*) => { collect! { [$($others)*] $($rows)*
        /// Oldest sequence number sent and not acknowledged.
        SndUna: App 1 Counter32, SequenceNumber, [U32 Counter32 Counter32], State from Socket;

        /// Next sequence number to send. Linux never moves it back for a retransmission.
        SndNxt: App 2 Unsigned32, SequenceNumber, [U32 Unsigned32 Unsigned32], State from Socket;

        /// Farthest that SndNxt ever was; on Linux equal to it.
        SndMax: App 3 Counter32, SequenceNumber, [U32 Counter32 Counter32], State from Socket;

        /// Octets of sequence space that the peer acknowledged: all advances of SndUna, so an acknowledged FIN counts
        /// one, and the SYN of an active open too.
        ThruOctetsAcked: App 4 ZeroBasedCounter32, Octets, [U32 Counter32 Counter32], State from Socket;

        /// 64-bit form of ThruOctetsAcked.
        HCThruOctetsAcked: App 5 ZeroBasedCounter64, Octets, [U64 Counter64 Counter64], State from Socket;

        /// Next sequence number expected from the peer.
        RcvNxt: App 6 Counter32, SequenceNumber, [U32 Counter32 Counter32], State from Socket;

        /// Octets received in order, and therefore acknowledged or about to be: all advances of RcvNxt since the
        /// handshake. The peer's FIN counts one.
        ThruOctetsReceived: App 7 ZeroBasedCounter32, Octets, [U32 Counter32 Counter32], State from Socket;

        /// 64-bit form of ThruOctetsReceived.
        HCThruOctetsReceived: App 8 ZeroBasedCounter64, Octets, [U64 Counter64 Counter64], State from Socket;

        /// Octets that the application wrote and that were never sent yet. A FIN that waits is none.
        CurAppWQueue: App 11 Gauge32, Octets, [U32 Gauge32 Gauge32], State from Socket;

        /// Largest CurAppWQueue so far, taken after output had its chance.
        MaxAppWQueue: App 12 Gauge32, Octets, [U32 Gauge32 Gauge32], Event from Queues;

        /// Octets received in order that the application did not read yet. A FIN does not count.
        CurAppRQueue: App 13 Gauge32, Octets, [U32 Gauge32 Gauge32], State from Socket;

        /// Largest CurAppRQueue so far.
        MaxAppRQueue: App 14 Gauge32, Octets, [U32 Gauge32 Gauge32], Event from Queues;
    } };
}
