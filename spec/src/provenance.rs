//! The story behind each instrument, beside its row: where the value comes from, how close it is to what the row means, what proves
//! it, and how it differs from the value that `Web10G` sent.
//!
//! Each file but one is a `match` over all of [`Id`](crate::Id): an instrument without its part of the story does not compile. The other one
//! names the tests of each kind of connection. `docs/instruments.md` and `docs/proof.md` are made of this.
#![expect(
    clippy::match_same_arms,
    clippy::too_many_lines,
    reason = "an entry for each instrument, where it stands in the tables"
)]

mod exactness;
mod kinds;
mod proofs;
mod sources;
mod web10g;

pub use exactness::Exactness;
pub use kinds::{CIRCUMSTANCES, Circumstance};
pub use proofs::Proof;
pub use sources::{Hook, Source};
