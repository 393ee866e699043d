//! What the daemon tells the programs while they run.

/// The daemon's wishes, in one word that a program reads once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Control(u32);

impl Control {
    const FINAL: u32 = 1 << 31;

    /// As the word was written.
    #[inline(always)]
    #[must_use]
    pub const fn from_word(word: u32) -> Control {
        Control(word)
    }

    /// The word.
    #[must_use]
    pub const fn word(self) -> u32 {
        self.0
    }

    /// A connection that closes is to be handed over whole.
    #[inline(always)]
    #[must_use]
    pub const fn wants_final(self) -> bool {
        self.0 & Control::FINAL != 0
    }

    /// The same, with or without that wish.
    #[must_use]
    pub const fn with_final(self, wanted: bool) -> Control {
        Control(if wanted {
            self.0 | Control::FINAL
        } else {
            self.0 & !Control::FINAL
        })
    }
}
