//! What RFC 4898 and RFC 9293 make certain about every connection, one module for each of the mechanisms.

use crate::case::Claim;

mod congestion;
mod duplicates;
mod ecn;
mod extremes;
mod lifetime;
mod negotiation;
mod octets;
mod round_trips;
mod segments;
mod send_limits;
mod sequence;
mod windows;

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Claim> {
    let modules = [
        octets::CLAIMS,
        segments::CLAIMS,
        sequence::CLAIMS,
        congestion::CLAIMS,
        duplicates::CLAIMS,
        round_trips::CLAIMS,
        send_limits::CLAIMS,
        windows::CLAIMS,
        extremes::CLAIMS,
        ecn::CLAIMS,
        negotiation::CLAIMS,
        lifetime::CLAIMS,
    ];
    modules.into_iter().flatten()
}
