//! Rows of `tcpEStatsPerfTable`, and `Web10G`'s additions to it. Columns 29 and 30 do not exist.

macro_rules! perf {
    ([$($others:ident)*] $($rows:tt)*) => { collect! { [$($others)*] $($rows)*
        /// All segments sent: with data, pure acknowledgements, SYN, FIN, probes, retransmissions. Not the SYN-ACK of a
        /// passive open, nor resets and acknowledgements sent without the socket.
        SegsOut: Perf 1 ZeroBasedCounter32, Segments, [U32 Counter32 Counter32], State from Socket;

        /// Segments sent that carried payload, retransmissions among them. A bare SYN or FIN does not count.
        DataSegsOut: Perf 2 ZeroBasedCounter32, Segments, [U32 Counter32 Counter32], State from Socket;

        /// Payload octets sent, each transmission of an octet counting again. No headers, no sequence numbers of SYN
        /// and FIN.
        DataOctetsOut: Perf 3 ZeroBasedCounter32, Octets, [U32 Counter32 Counter32], State from Socket;

        /// 64-bit form of DataOctetsOut.
        HCDataOctetsOut: Perf 4 ZeroBasedCounter64, Octets, [U64 Counter64 Counter64], State from Socket;

        /// Segments sent that repeat at least some octets sent before. Includes tail loss probes, repeated SYNs, and
        /// attempts that the local host could not send.
        SegsRetrans: Perf 5 ZeroBasedCounter32, Segments, [U32 Counter32 Counter32], State from Socket;

        /// Payload octets that were sent again.
        OctetsRetrans: Perf 6 ZeroBasedCounter32, Octets, [U32 Counter32 Counter32], State from Socket;

        /// All segments received. A buffer that the network card merged counts as the segments it was merged from.
        SegsIn: Perf 7 ZeroBasedCounter32, Segments, [U32 Counter32 Counter32], State from Socket;

        /// Segments received that carried payload, duplicates and out-of-window ones among them.
        DataSegsIn: Perf 8 ZeroBasedCounter32, Segments, [U32 Counter32 Counter32], State from Socket;

        /// Payload octets received, duplicates counting again. No headers; nothing that was dropped ahead of the
        /// socket.
        DataOctetsIn: Perf 9 ZeroBasedCounter32, Octets, [U32 Counter32 Counter32], Event from Header;

        /// 64-bit form of DataOctetsIn.
        HCDataOctetsIn: Perf 10 ZeroBasedCounter64, Octets, [U64 Counter64 Counter64], Event from Header;

        /// Whole seconds from StartTimeStamp to the latest segment in either direction. Does not move while the
        /// connection is silent.
        ElapsedSecs: Perf 11 ZeroBasedCounter32, Seconds, [U32 Counter32 Counter32], Derived from Lifecycle;

        /// What ElapsedSecs leaves over, 0 to 999999: a remainder, not the whole time in microseconds.
        ElapsedMicroSecs: Perf 12 ZeroBasedCounter32, Microseconds, [U32 Counter32 Counter32], Derived from Lifecycle;

        /// When the record of this connection began and its counters were zero.
        StartTimeStamp: Perf 13 DateAndTime, UnixMicroseconds (DateAndTime), [U64 TimeTicks DateAndTime],
            Event from Lifecycle;

        /// Largest payload that one segment may carry to the peer now; option bytes are already taken off.
        CurMSS: Perf 14 Gauge32, Octets, [U32 Gauge32 Gauge32], State from Socket;

        /// The sender's estimate of the octets in the network: sent and not acknowledged; during recovery less what was
        /// reported or judged lost, plus what was sent again.
        PipeSize: Perf 15 Gauge32, Octets, [U32 Gauge32 Gauge32], State from Socket;

        /// Largest PipeSize so far.
        MaxPipeSize: Perf 16 Gauge32, Octets, [U32 Gauge32 Gauge32], Event from Pipe;

        /// Smoothed round-trip time, the basis of the retransmission timeout. 0 on a path below one millisecond.
        SmoothedRTT: Perf 17 Gauge32, Milliseconds, [U32 Gauge32 Gauge32], State from Socket;

        /// The retransmission timeout in force, with the backoff it currently has.
        CurRTO: Perf 18 Gauge32, Milliseconds, [U32 Gauge32 Gauge32], State from Socket;

        /// Congestion signals of any sort that made the sender reduce its window: fast retransmit, ECN, timeout. The
        /// repeated expirations of one timeout are one signal.
        CongSignals: Perf 19 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Congestion;

        /// Congestion window. The kernel counts it in segments; given here times CurMSS.
        CurCwnd: Perf 20 Gauge32, Octets, [U32 Gauge32 Gauge32], State from Socket;

        /// Slow start threshold, segments times CurMSS; 4294967295 while it is infinite.
        CurSsthresh: Perf 21 Gauge32, Octets, [U32 Gauge32 Gauge32], State from Socket;

        /// Expirations of the retransmission timer that was not backed off: the first of each series.
        Timeouts: Perf 22 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Congestion;

        /// Receive window in the last segment sent, unscaled.
        CurRwinSent: Perf 23 Gauge32, Octets, [U32 Gauge32 Gauge32], State from Socket;

        /// Largest receive window announced to the peer so far.
        MaxRwinSent: Perf 24 Gauge32, Octets, [U32 Gauge32 Gauge32], Event from Windows;

        /// Times the announced receive window closed: zero after it was not. Further zero windows do not count.
        ZeroRwinSent: Perf 25 ZeroBasedCounter32, Count, [U32 Gauge32 Gauge32], Event from Windows;

        /// Receive window that the peer announced last, unscaled.
        CurRwinRcvd: Perf 26 Gauge32, Octets, [U32 Gauge32 Gauge32], State from Socket;

        /// Largest receive window that the peer announced so far.
        MaxRwinRcvd: Perf 27 Gauge32, Octets, [U32 Gauge32 Gauge32], State from Socket;

        /// Times the peer closed its receive window: announced zero after something else.
        ZeroRwinRcvd: Perf 28 ZeroBasedCounter32, Count, [U32 Gauge32 Gauge32], Event from Windows;

        /// Times the sender became limited by the receiver: output stopped because the peer's window was full.
        SndLimTransRwin: Perf 31 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from SendLimits;

        /// Times the sender became limited by congestion control: output stopped at the congestion window, or by a
        /// timeout.
        SndLimTransCwnd: Perf 32 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from SendLimits;

        /// Times the sender became limited by itself: nothing to send, or any reason that neither the peer's window nor
        /// congestion control explains.
        SndLimTransSnd: Perf 33 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from SendLimits;

        /// Time spent limited by the receiver.
        SndLimTimeRwin: Perf 34 ZeroBasedCounter32, Microseconds (Milliseconds), [U32 Counter32 Counter32],
            Event from SendLimits;

        /// Time spent limited by congestion control. The wait for a retransmission timeout belongs here.
        SndLimTimeCwnd: Perf 35 ZeroBasedCounter32, Microseconds (Milliseconds), [U32 Counter32 Counter32],
            Event from SendLimits;

        /// Time spent limited by the sender itself.
        SndLimTimeSnd: Perf 36 ZeroBasedCounter32, Microseconds (Milliseconds), [U32 Counter32 Counter32],
            Event from SendLimits;

        /// Times the connection went back to the state before establishment. It is only ever left, so this stays 0.
        SndLimTransStartUp: Perf - NotInMib, Count, [U32 Counter32 Counter32], Event from SendLimits;

        /// Times output was held back to gather a larger buffer for segmentation offload. RFC 4898 sees the sender's
        /// own limit.
        SndLimTransTSODefer: Perf - NotInMib, Count, [U32 Counter32 Counter32], Event from SendLimits;

        /// Times output was held back by pacing. RFC 4898 sees a limit of congestion control.
        SndLimTransPace: Perf - NotInMib, Count, [U32 Counter32 Counter32], Event from SendLimits;

        /// Time from the beginning of the record to establishment. RFC 4898 sees the sender's own limit.
        SndLimTimeStartUp: Perf - NotInMib, Microseconds, [U32 Counter32 Counter32], Event from SendLimits;

        /// Time during which output was held back for segmentation offload.
        SndLimTimeTSODefer: Perf - NotInMib, Microseconds, [U32 Counter32 Counter32], Event from SendLimits;

        /// Time during which output was held back by pacing.
        SndLimTimePace: Perf - NotInMib, Microseconds, [U32 Counter32 Counter32], Event from SendLimits;

        /// Retransmitted segments that were judged lost as well.
        LostRetransmitSegs: Perf - NotInMib, Segments, [U32 Counter32 Counter32], Event from Recovery;
    } };
}
