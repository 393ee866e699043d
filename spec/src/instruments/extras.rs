//! Rows of `Web10G`'s EXTRAS table.

macro_rules! extras {
    ([$($others:ident)*] $($rows:tt)*) => { collect! { [$($others)*] $($rows)*
        /// Reductions of the congestion window by moderation of bursts. Linux does not do that any more.
        OtherReductionsCM: Extras - NotInMib, Count, [U32 Counter32 Counter32], Event from None;

        /// Priority of the socket, as set with SO_PRIORITY.
        Priority: Extras - NotInMib, Value, [U32 Counter32 Unsigned32], State from Socket;

        /// Reductions of the congestion window because the application did not use it (congestion window validation).
        OtherReductionsCV: Extras - NotInMib, Count, [U32 Counter32 Counter32], Event from Cwnd;
    } };
}
