//! The row of `tcpEStatsConnectIdTable`. Its other columns, addresses and ports, travel in the 4-tuple and are no
//! instruments.

macro_rules! connect_id {
    ([$($others:ident)*] $($rows:tt)*) => { collect! { [$($others)*] $($rows)*
        /// Number of the connection, given when it is established. Ascends from 1; a number comes back only after the
        /// range was used up. On the wire it is the cid of the 4-tuple.
        ConnectIndex: ConnectId 1 Unsigned32, Identifier, [U32 Unsigned32 Unsigned32], Event from Lifecycle;
    } };
}
