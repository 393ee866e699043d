//! Rows of `tcpEStatsTuneTable`.

macro_rules! tune {
    ([$($others:ident)*] $($rows:tt)*) => { collect! { [$($others)*] $($rows)*
        /// Upper limit of the congestion window; 4294967295 for none. A write takes effect at once, in whole segments
        /// of CurMSS.
        LimCwnd: Tune 1 Unsigned32, Octets, [U32 Gauge32 Gauge32], State from Tune writable;

        /// Limit for the growth of the queue in slow start (RFC 3742). Linux has no such limit for one socket any more.
        LimSsthresh: Tune 2 Unsigned32, Octets, [U32 Gauge32 Gauge32], State from None;

        /// Upper limit of the receive window announced. A write takes effect at once, within what the window scale can
        /// express; the kernel keeps a floor, and raises it again unless the receive buffer is fixed.
        LimRwin: Tune 3 Unsigned32, Octets, [U32 Gauge32 Gauge32], State from Tune writable;

        /// Upper limit of the segment size, from the peer's MSS option and the socket's own.
        LimMSS: Tune 4 Unsigned32, Octets, [U32 Gauge32 Gauge32], State from Tune;
    } };
}
