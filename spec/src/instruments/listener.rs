//! Rows of `tcpEStatsListenerTable`. `Web10G` never had it.

macro_rules! listener {
    ([$($others:ident)*] $($rows:tt)*) => { collect! { [$($others)*] $($rows)*
        /// When the socket began to listen, on the agent's clock. 0 if it did so before the agent started.
        ListenerStartTime: Listener 1 TimeStamp, TimeTicks, [U32 TimeTicks TimeStamp], Event from Listener;

        /// SYN segments that arrived for the listener. A repeated SYN counts again.
        ListenerSynRcvd: Listener 2 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Listener;

        /// Connections for which the listener set up state: requests that it put into the SYN queue, and connections that
        /// began without one. A SYN answered with a SYN cookie has no state; the connection counts if the peer returns
        /// the cookie.
        ListenerInitial: Listener 3 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Listener;

        /// Connections whose handshake with the listener was completed by the peer's first acknowledgement.
        ListenerEstablished: Listener 4 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Listener;

        /// Connections that the application took over with accept().
        ListenerAccepted: Listener 5 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Listener;

        /// Connections for which the listener set up state and that were dropped from the backlog, whatever the reason:
        /// requests that were reset or timed out. SYNs refused at the door never had any state.
        ListenerExceedBacklog: Listener 6 ZeroBasedCounter32, Count, [U32 Counter32 Counter32], Event from Listener;

        /// 64-bit form of ListenerSynRcvd.
        ListenerHCSynRcvd: Listener 7 ZeroBasedCounter64, Count, [U64 Counter64 Counter64], Event from Listener;

        /// 64-bit form of ListenerInitial.
        ListenerHCInitial: Listener 8 ZeroBasedCounter64, Count, [U64 Counter64 Counter64], Event from Listener;

        /// 64-bit form of ListenerEstablished.
        ListenerHCEstablished: Listener 9 ZeroBasedCounter64, Count, [U64 Counter64 Counter64], Event from Listener;

        /// 64-bit form of ListenerAccepted.
        ListenerHCAccepted: Listener 10 ZeroBasedCounter64, Count, [U64 Counter64 Counter64], Event from Listener;

        /// 64-bit form of ListenerExceedBacklog.
        ListenerHCExceedBacklog: Listener 11 ZeroBasedCounter64, Count, [U64 Counter64 Counter64], Event from Listener;

        /// Accepted connections of the listener that are in state ESTABLISHED at this moment.
        ListenerCurConns: Listener 12 Gauge32, Connections, [U32 Gauge32 Gauge32], Derived from Listener;

        /// Length that the backlog may have, as given to listen() and capped by the system. The kernel admits one more.
        ListenerMaxBacklog: Listener 13 Unsigned32, Connections, [U32 Unsigned32 Unsigned32], State from Listener;

        /// Connections in the backlog at this moment: half open ones, and established ones that wait for accept().
        ListenerCurBacklog: Listener 14 Gauge32, Connections, [U32 Gauge32 Gauge32], State from Listener;

        /// Established connections that wait for accept() at this moment.
        ListenerCurEstabBacklog: Listener 15 Gauge32, Connections, [U32 Gauge32 Gauge32], State from Listener;
    } };
}
