//! Values under small numbers, close together in memory.

/// Values, each under the number that it was given. Numbers of values that are gone are given again.
pub struct Slots<T> {
    values: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Slots {
            values: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Slots<T> {
    /// Keeps a value, and returns its number.
    ///
    /// # Panics
    ///
    /// When there are more than 2^32.
    pub fn insert(&mut self, value: T) -> u32 {
        if let Some(number) = self.free.pop() {
            self.values[number as usize] = Some(value);
            return number;
        }
        self.values.push(Some(value));
        u32::try_from(self.values.len() - 1).expect("fewer than 2^32 values")
    }

    /// The value of a number.
    #[must_use]
    pub fn get(&self, number: u32) -> Option<&T> {
        self.values.get(number as usize)?.as_ref()
    }

    /// The value of a number, to change it.
    #[must_use]
    pub fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.values.get_mut(number as usize)?.as_mut()
    }

    /// Takes the value of a number out.
    pub fn remove(&mut self, number: u32) -> Option<T> {
        let value = self.values.get_mut(number as usize)?.take();
        if value.is_some() {
            self.free.push(number);
        }
        value
    }

    /// All values.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.values.iter().flatten()
    }

    /// All values, to change them.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.values.iter_mut().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_given_again_once_its_value_is_gone() {
        let mut slots = Slots::default();
        let numbers: Vec<u32> = ["a", "b", "c"].into_iter().map(|value| slots.insert(value)).collect();
        assert_eq!(slots.remove(numbers[1]), Some("b"));
        assert_eq!(slots.get(numbers[1]), None);
        assert_eq!(slots.remove(numbers[1]), None);
        assert_eq!(slots.insert("d"), numbers[1]);
        assert_ne!(slots.insert("e"), numbers[1]);
        assert_eq!(slots.values().copied().collect::<Vec<_>>(), ["a", "d", "c", "e"]);
    }
}
