//! Rows of `Web10G`'s EXTRAS table.

macro_rules! extras {
    ([$($others:ident)*] $($rows:tt)*) => { collect! { [$($others)*] $($rows)*
        /// Reductions of the congestion window by moderation of bursts. The kernels since Web10G's 4.8 have none.
        OtherReductionsCM: Extras - NotInMib, Count, [U32 Counter32 Counter32], Event from None;

        /// Priority of the socket, as set with SO_PRIORITY.
        Priority: Extras - NotInMib, Value, [U32 Counter32 Unsigned32], State from Socket;

        /// Reductions of the congestion window because the application did not use it (congestion window validation).
        OtherReductionsCV: Extras - NotInMib, Count, [U32 Counter32 Counter32], Event from Congestion;
    } };
}
