//! What the daemon tells the programs while they run.

use crate::Tables;

/// The daemon's wishes, in one word that a program reads once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Control {
    /// The tables that are on.
    pub tables: Tables,
    /// The tables that were on before some were switched on last.
    pub were: Tables,
    /// How often tables were switched on, modulo 256.
    pub generation: u8,
    /// A connection that closes is to be handed over whole.
    pub finals: bool,
}

impl Control {
    /// As the programs see it.
    #[must_use]
    pub const fn word(self) -> u32 {
        u32::from_le_bytes([self.tables.bits(), self.were.bits(), self.generation, self.finals as u8])
    }

    /// The wishes in a word.
    #[inline(always)]
    #[must_use]
    pub const fn from_word(word: u32) -> Control {
        let [tables, were, generation, finals] = word.to_le_bytes();
        Control {
            tables: Tables::from_bits(tables),
            were: Tables::from_bits(were),
            generation,
            finals: finals != 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_holds_everything() {
        for (tables, generation, finals) in [(Tables::ALL, 255, false), (Tables::RTT, 0, true)] {
            let control = Control {
                tables,
                were: Tables::PATH,
                generation,
                finals,
            };
            assert_eq!(Control::from_word(control.word()), control);
        }
    }
}
