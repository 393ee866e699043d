//! Rows of `tcpEStatsStackTable`, and `Web10G`'s additions to it. Column 20 does not exist.

macro_rules! stack {
    ([$($others:ident)*] $($rows:tt)*) => { collect! { [$($others)*] $($rows)*
        /// Whether this end opened the connection (1) or the peer did (2). A simultaneous open counts as ours.
        ActiveOpen: Stack 1 TruthValue, TruthValue, [S32 Integer Integer], Event from Lifecycle;

        /// MSS option sent with the SYN; 0 if there was none.
        MSSSent: Stack 2 Unsigned32, Octets, [U32 Unsigned32 Unsigned32], Derived from Socket;

        /// MSS option received with the SYN, as far as it binds this host. Absent at 536: the kernel assumes that value without the
        /// option, and keeps no note of which it was.
        MSSRcvd: Stack 3 Unsigned32, Octets, [U32 Unsigned32 Unsigned32], Derived from Socket;

        /// Window scale option sent, the shift of the windows that we announce; -1 if there was none.
        WinScaleSent: Stack 4 Integer32, Shift, [S32 Integer32 Integer32], Derived from Socket;

        /// Window scale option received, the shift of the windows that the peer announces; -1 if there was none.
        WinScaleRcvd: Stack 5 Integer32, Shift, [S32 Integer32 Integer32], State from Socket;

        /// Whether TCP timestamps are in use.
        TimeStamps: Stack 6 Negotiated, Negotiated, [S32 Integer Integer], State from Socket;

        /// Whether explicit congestion notification is in use. An active open that did not ask for it is "disabled
        /// here".
        ECN: Stack 7 Negotiated, Negotiated, [S32 Integer Integer], State from Socket;

        /// Whether we send SACK options.
        WillSendSACK: Stack 8 Negotiated, Negotiated, [S32 Integer Integer], State from Socket;

        /// Whether we make use of SACK options received. Linux treats both directions alike.
        WillUseSACK: Stack 9 Negotiated, Negotiated, [S32 Integer Integer], State from Socket;

        /// TCP state: 1 closed, 2 listen, 3 SYN sent, 4 SYN received, 5 established, 6 FIN wait 1, 7 FIN wait 2, 8
        /// close wait, 9 last ACK, 10 closing, 11 time wait, 12 delete TCB.
        State: Stack 10 Enumeration, Enumeration, [S32 Integer Integer], State from Socket;

        /// Whether Nagle's algorithm is in use: 2 once the application asked for no delay.
        Nagle: Stack 11 TruthValue, TruthValue, [S32 Integer Integer], State from Socket;

        /// Largest congestion window during slow start.
        MaxSsCwnd: Stack 12 Gauge32, Octets, [U32 Gauge32 Gauge32], Event from Cwnd;

        /// Largest congestion window during congestion avoidance.
        MaxCaCwnd: Stack 13 Gauge32, Octets, [U32 Gauge32 Gauge32], Event from Cwnd;

        /// Largest slow start threshold, the infinite one of the beginning left out.
        MaxSsthresh: Stack 14 Gauge32, Octets, [U32 Gauge32 Gauge32], Event from Cwnd;

        /// Smallest slow start threshold; 4294967295 before the first finite one.
        MinSsthresh: Stack 15 Gauge32, Octets, [U32 Gauge32 Gauge32], Event from Cwnd;

        /// State of recovery: 1 nothing missing, 2 the peer reports holes and nothing was sent again, 3 retransmitted
        /// data is outstanding.
        InRecovery: Stack 16 Enumeration, Enumeration, [S32 Integer Integer], State from Socket;

        /// Duplicate acknowledgements received: no payload, same number, same window or news by SACK, with data outstanding.
        DupAcksIn: Stack 17 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Reordering;

        /// Fast retransmits that turned out to be unnecessary and were undone.
        SpuriousFrDetected: Stack 18 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Recovery;

        /// Retransmission timeouts that turned out to be unnecessary and were undone.
        SpuriousRtoDetected: Stack 19 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Recovery;

        /// Segments received that failed a consistency check, see SoftErrorReason. Keep-alives and window probes are
        /// among them.
        SoftErrors: Stack 21 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Segments;

        /// Check that the latest soft error failed: data 1 below or 2 above the receive window, acknowledgement 3 below
        /// or 4 above what was sent, timestamp 5 too old (6, too new, does not happen: there is no such bound), 7
        /// checksum, 8 another: a SYN or a reset in the midst of the connection, or no ACK. 0 before the first.
        SoftErrorReason: Stack 22 Enumeration, Enumeration, [S32 Integer Counter32], Event from Segments;

        /// Times slow start enlarged the congestion window.
        SlowStart: Stack 23 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Cwnd;

        /// Times congestion avoidance enlarged the congestion window.
        CongAvoid: Stack 24 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Cwnd;

        /// Reductions of the congestion window that no congestion signal explains, as the restart after idling.
        OtherReductions: Stack 25 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Cwnd;

        /// Congestion signals whose reduction was taken back. CongSignals keeps them.
        CongOverCount: Stack 26 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Recovery;

        /// Entries into fast retransmit. Not the segments it sent.
        FastRetran: Stack 27 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Congestion;

        /// Expirations of the retransmission timer while it was backed off: all but the first of each series.
        SubsequentTimeouts: Stack 28 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Congestion;

        /// Expirations of the retransmission timer since new data was acknowledged; 0 outside a series. Does not go
        /// beyond 255.
        CurTimeoutCount: Stack 29 Gauge32, Count, [U32 Gauge32 Gauge32], State from Socket;

        /// Timeouts that came out of the blue: no duplicate acknowledgement, SACK or ECN signal ahead of them.
        AbruptTimeouts: Stack 30 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Congestion;

        /// SACK options received.
        SACKsRcvd: Stack 31 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Header;

        /// SACK blocks received, those reporting duplicates included.
        SACKBlocksRcvd: Stack 32 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Header;

        /// Times the local interface or its queue refused a segment and TCP took that for congestion.
        SendStall: Stack 33 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from SendLimits;

        /// Segments that the peer reported by D-SACK as received twice.
        DSACKDups: Stack 34 ZeroBasedCounter32, Segments, [U32 Counter32 Counter32], State from Socket;

        /// Largest MSS used for sending.
        MaxMSS: Stack 35 Gauge32, Octets, [U32 Gauge32 Gauge32], Event from Cwnd;

        /// Smallest MSS used for sending; 4294967295 before the first.
        MinMSS: Stack 36 Gauge32, Octets, [U32 Gauge32 Gauge32], Event from Cwnd;

        /// Initial sequence number of this end: that of its SYN.
        SndInitial: Stack 37 Unsigned32, SequenceNumber, [U32 Unsigned32 Unsigned32], Derived from Socket;

        /// Initial sequence number of the peer: that of its SYN.
        RecInitial: Stack 38 Unsigned32, SequenceNumber, [U32 Unsigned32 Unsigned32], Derived from Socket;

        /// Octets sent and not yet acknowledged, kept for retransmission.
        CurRetxQueue: Stack 39 Gauge32, Octets, [U32 Gauge32 Gauge32], Derived from Socket;

        /// Largest CurRetxQueue so far.
        MaxRetxQueue: Stack 40 Gauge32, Octets, [U32 Gauge32 Gauge32], Event from Queues;

        /// Sequence space from the next octet expected to the right edge of the data received out of order, holes
        /// included.
        CurReasmQueue: Stack 41 Gauge32, Octets, [U32 Gauge32 Gauge32], State from Socket;

        /// Largest CurReasmQueue so far.
        MaxReasmQueue: Stack 42 Gauge32, Octets, [U32 Gauge32 Gauge32], Event from Queues;

        /// Early retransmits (RFC 5827) sent at once. Linux dropped the mechanism before 5.15.
        EarlyRetrans: Stack - NotInMib, Count, [U32 Unsigned32 Unsigned32], Event from None;

        /// Early retransmits (RFC 5827) sent after a delay. Linux dropped the mechanism before 5.15.
        EarlyRetransDelay: Stack - NotInMib, Count, [U32 Unsigned32 Unsigned32], Event from None;

        /// Segments that RACK, loss detection by time, judged lost. Despite the name not only on expiry of its timer.
        RackTimeout: Stack - NotInMib, Count, [U32 Counter32 Counter32], Event from Recovery;
    } };
}
