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
    /// Somebody is to be told at once: the daemon is woken for each event, and not only when the ring fills.
    pub prompt: bool,
}

impl Control {
    /// As the programs see it.
    #[must_use]
    pub const fn word(self) -> u32 {
        let flags = self.finals as u8 | (self.prompt as u8) << 1;
        u32::from_le_bytes([self.tables.bits(), self.were.bits(), self.generation, flags])
    }

    /// The wishes in a word.
    #[inline(always)]
    #[must_use]
    pub const fn from_word(word: u32) -> Control {
        let [tables, were, generation, flags] = word.to_le_bytes();
        Control {
            tables: Tables::from_bits(tables),
            were: Tables::from_bits(were),
            generation,
            finals: flags & 1 != 0,
            prompt: flags & 2 != 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_holds_everything() {
        for (tables, generation, finals, prompt) in [
            (Tables::ALL, 255, false, true),
            (Tables::RTT, 0, true, false),
            (Tables::NONE, 1, true, true),
        ] {
            let control = Control {
                tables,
                were: Tables::PATH,
                generation,
                finals,
                prompt,
            };
            assert_eq!(Control::from_word(control.word()), control);
        }
    }
}
