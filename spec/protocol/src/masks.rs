//! Which variables a request asks for.

use estats_spec::wire::{TABLES, mask_member::FIRST};
use netlink_packet_core::{DecodeError, DefaultNla, Nla, NlaBuffer, Parseable, emit_u64, parse_u64};

use crate::nest;

/// One mask per table, PERF to EXTRAS: bit `i` asks for variable `i`, `None` asks for the whole table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Masks(pub [Option<u64>; TABLES]);

impl Masks {
    /// Everything.
    pub const ALL: Self = Self([None; TABLES]);

    /// Whether variable `index` of `table` (0 = PERF) is asked for. A mask has no bits for variables beyond the 64th.
    ///
    /// # Panics
    ///
    /// If there is no such table.
    #[must_use]
    pub fn selects(&self, table: usize, index: usize) -> bool {
        match self.0[table] {
            None => true,
            Some(mask) => index < 64 && mask >> index & 1 == 1,
        }
    }

    /// The members of the MASK nest; none for a table that is wanted completely.
    #[must_use]
    pub fn attributes(&self) -> Vec<MaskAttr> {
        (FIRST..)
            .zip(self.0)
            .filter_map(|(kind, mask)| mask.map(|mask| MaskAttr::Table { kind, mask }))
            .collect()
    }

    /// The masks in a MASK nest; of two for the same table the later one counts.
    #[must_use]
    pub fn from_attributes(attributes: &[MaskAttr]) -> Self {
        let mut masks = Self::ALL;
        for attribute in attributes {
            if let MaskAttr::Table { kind, mask } = attribute {
                masks.0[usize::from(kind - FIRST)] = Some(*mask);
            }
        }
        masks
    }
}

/// A member of the MASK nest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MaskAttr {
    /// The mask of one table.
    Table {
        /// Attribute number of the table, PERF first.
        kind: u16,
        /// Bit `i` asks for variable `i`.
        mask: u64,
    },
    /// Anything else, kept as it came.
    Other(DefaultNla),
}

impl Nla for MaskAttr {
    fn value_len(&self) -> usize {
        match self {
            Self::Table { .. } => 8,
            Self::Other(other) => other.value_len(),
        }
    }

    fn kind(&self) -> u16 {
        match self {
            Self::Table { kind, .. } => *kind,
            Self::Other(other) => other.kind(),
        }
    }

    fn emit_value(&self, buffer: &mut [u8]) {
        match self {
            Self::Table { mask, .. } => emit_u64(buffer, *mask).expect("the buffer is value_len long"),
            Self::Other(other) => other.emit_value(buffer),
        }
    }
}

impl<'a, T: AsRef<[u8]> + ?Sized> Parseable<NlaBuffer<&'a T>> for MaskAttr {
    fn parse(buffer: &NlaBuffer<&'a T>) -> Result<Self, DecodeError> {
        let kind = buffer.kind();
        if (FIRST..).take(TABLES).any(|table| table == kind) {
            Ok(Self::Table {
                kind,
                mask: parse_u64(buffer.value())?,
            })
        } else {
            Ok(Self::Other(nest::other(buffer)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_selects_its_bits_and_a_missing_one_everything() {
        let masks = Masks([Some(0b101), None, Some(0), Some(u64::MAX), None, None]);
        assert!(masks.selects(0, 0) && !masks.selects(0, 1) && masks.selects(0, 2));
        assert!(masks.selects(1, 0) && masks.selects(1, 70));
        assert!(!masks.selects(2, 0));
        assert!(masks.selects(3, 63) && !masks.selects(3, 64));
    }
}
