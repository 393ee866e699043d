//! Rows of `tcpEStatsPathTable`. Columns 5 to 10 do not exist.

macro_rules! path {
    ([$($others:ident)*] $($rows:tt)*) => { collect! { [$($others)*] $($rows)*
        /// Duplicate acknowledgements it takes to start a fast retransmit. Adapts to reordering, and is no longer the
        /// only trigger where losses are detected by time.
        RetranThresh: Path 1 Gauge32, Segments, [U32 Gauge32 Gauge32], State from Socket;

        /// Runs of duplicate acknowledgements that ended with an advance of the acknowledged data and without a fast
        /// retransmit or timeout: reordering, not loss.
        NonRecovDAEpisodes: Path 2 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Reordering;

        /// Octets newly acknowledged by the acknowledgements that ended the episodes in NonRecovDAEpisodes.
        SumOctetsReordered: Path 3 ZeroBasedCounter32, Octets, [U32 Counter32 Counter32], Event from Reordering;

        /// Duplicate acknowledgements in the episodes of NonRecovDAEpisodes.
        NonRecovDA: Path 4 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Reordering;

        /// The latest round-trip time measured for the retransmission timer, before smoothing.
        SampleRTT: Path 11 Gauge32, Milliseconds, [U32 Gauge32 Gauge32], Event from Rtt;

        /// Variation of the round-trip time in the formula of the retransmission timeout. On Linux not below a quarter
        /// of the smallest timeout; not the variation that ss prints.
        RTTVar: Path 12 Gauge32, Milliseconds, [U32 Gauge32 Gauge32], State from Socket;

        /// Largest RTT sample so far, that of the handshake included.
        MaxRTT: Path 13 Gauge32, Milliseconds, [U32 Gauge32 Gauge32], Event from Rtt;

        /// Smallest RTT sample so far; 4294967295 before the first.
        MinRTT: Path 14 Gauge32, Milliseconds, [U32 Gauge32 Gauge32], Event from Rtt;

        /// Sum of all RTT samples. Summed in microseconds and then rounded down, so that short paths do not vanish.
        SumRTT: Path 15 ZeroBasedCounter32, Milliseconds, [U32 Counter32 Counter32], Event from Rtt;

        /// 64-bit form of SumRTT.
        HCSumRTT: Path 16 ZeroBasedCounter64, Milliseconds, [U64 Counter64 Counter64], Event from Rtt;

        /// RTT samples in SumRTT.
        CountRTT: Path 17 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Rtt;

        /// Largest retransmission timeout so far, with backoff.
        MaxRTO: Path 18 Gauge32, Milliseconds, [U32 Gauge32 Gauge32], Event from Rto;

        /// Smallest retransmission timeout since the first RTT sample; 4294967295 before.
        MinRTO: Path 19 Gauge32, Milliseconds, [U32 Gauge32 Gauge32], Event from Rto;

        /// TTL (IPv4) or hop limit (IPv6) of the latest packet received.
        IpTtl: Path 20 Unsigned32, Hops, [U32 Unsigned32 Unsigned32], Event from Header;

        /// TOS octet (IPv4) or traffic class (IPv6) of the latest packet received, ECN bits included.
        IpTosIn: Path 21 OctetString, Octet, [U8 Octet Octet], Event from Header;

        /// TOS octet (IPv4) or traffic class (IPv6) of the latest packet sent, ECN bits included.
        IpTosOut: Path 22 OctetString, Octet, [U8 Octet Octet], Event from Header;

        /// Sum over all congestion signals of the congestion window just before the reduction.
        PreCongSumCwnd: Path 23 ZeroBasedCounter32, Octets, [U32 Counter32 Counter32], Event from Congestion;

        /// Sum over all congestion signals of the latest RTT sample at that moment.
        PreCongSumRTT: Path 24 ZeroBasedCounter32, Milliseconds, [U32 Counter32 Counter32], Event from Congestion;

        /// Sum over all congestion signals of the first RTT sample behind each. (RFC 4898 prints the unit of
        /// PostCongCountRTT here, by mistake.)
        PostCongSumRTT: Path 25 ZeroBasedCounter32, Milliseconds, [U32 Counter32 Counter32], Event from Congestion;

        /// RTT samples in PostCongSumRTT. Fewer than CongSignals where one signal followed another without a sample
        /// between.
        PostCongCountRTT: Path 26 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Congestion;

        /// Congestion signals by ECN: segments received with ECE on a connection that negotiated it.
        ECNsignals: Path 27 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Header;

        /// Runs of duplicate acknowledgements sent: the first duplicate behind one that was none.
        DupAckEpisodes: Path 28 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Reordering;

        /// Round-trip time as the receiving side estimates it. RFC 4898 does not say the unit.
        RcvRTT: Path 29 Gauge32, Microseconds, [U32 Gauge32 Gauge32], State from Socket;

        /// Duplicate acknowledgements sent: pure acknowledgements that repeat the number of the previous one, and
        /// either its window or with news by SACK.
        DupAcksOut: Path 30 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Reordering;

        /// Segments of any sort received with the "congestion experienced" mark in the IP header.
        CERcvd: Path 31 ZeroBasedCounter32, Segments, [U32 Counter32 Counter32], Event from Header;

        /// Times the ECE bit of the segments sent went from clear to set because of a congestion mark.
        ECESent: Path 32 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Header;
    } };
}
