//! Choices that can be made again from the same seed.

/// A generator of choices (`SplitMix64`: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators").
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The generator of `seed` for the `index`-th of things that are chosen independently of one another.
    #[must_use]
    pub fn new(seed: u64, index: usize) -> Self {
        let mut start = Self(seed);
        start.0 = start.number() ^ index as u64;
        Self(start.number())
    }

    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `least` to `most`, both included.
    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.number() % (most - least + 1)
    }

    /// Yes, in so many cases of a hundred.
    pub fn percent(&mut self, cases: u64) -> bool {
        self.between(0, 99) < cases
    }

    /// One of `choices`, each as likely as the others.
    pub fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[usize::try_from(self.between(0, choices.len() as u64 - 1)).unwrap_or(0)].clone()
    }

    /// `choice`, in so many cases of a hundred.
    pub fn maybe<T>(&mut self, cases: u64, choice: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.percent(cases).then(|| choice(self))
    }

    /// A number from 1 to `most` whose order of magnitude is chosen first.
    pub fn magnitude(&mut self, most: u64) -> u64 {
        let bits = self.between(0, u64::from(most.ilog2()));
        self.between(1, most.min((2 << bits) - 1))
    }
}
