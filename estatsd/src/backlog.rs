//! Queues that are long for a moment, and give back what they took then.

use std::collections::VecDeque;

/// A queue that has been longer than this gives its memory back when it runs empty: some megabytes of closings. One that has not is left
/// alone, so that a steady flow of them does not pay for it.
const KEPT: usize = 4096;

/// A queue whose memory goes back to the system once all that waited is taken.
#[derive(Debug)]
pub struct Backlog<T>(VecDeque<T>);

impl<T> Default for Backlog<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Backlog<T> {
    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one that has waited longest.
    #[must_use]
    pub fn front(&self) -> Option<&T> {
        self.0.front()
    }

    /// Has one more wait.
    pub fn push(&mut self, item: T) {
        self.0.push_back(item);
    }

    /// Takes the one that has waited longest.
    pub fn take(&mut self) -> Option<T> {
        let item = self.0.pop_front();
        if self.0.is_empty() {
            self.shrink();
        }
        item
    }

    /// Forgets what waits, if it has been many, and gives back the memory.
    fn shrink(&mut self) {
        if self.0.capacity() > KEPT {
            self.0 = VecDeque::new();
            give_back_memory();
        }
    }
}

impl<T> Drop for Backlog<T> {
    /// Whoever leaves without having taken all leaves no memory behind either.
    fn drop(&mut self) {
        self.shrink();
    }
}

/// Gives the system what was taken of it and is not used any more. What is in use lies among it, so it would stay with the process.
pub fn give_back_memory() {
    // SAFETY: frees nothing that is in use.
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_that_was_long_keeps_nothing_once_it_is_empty() {
        let mut backlog = Backlog::default();
        for number in 0..=KEPT {
            backlog.push(number);
        }
        assert!(backlog.0.capacity() > KEPT);
        for number in 0..=KEPT {
            assert_eq!((backlog.len(), backlog.front()), (KEPT + 1 - number, Some(&number)));
            assert_eq!(backlog.take(), Some(number));
        }
        assert_eq!((backlog.take(), backlog.0.capacity()), (None, 0));
    }

    #[test]
    fn a_short_queue_keeps_its_room() {
        let mut backlog = Backlog::default();
        backlog.push(1);
        assert_eq!(backlog.take(), Some(1));
        assert!(backlog.is_empty() && backlog.0.capacity() > 0);
    }
}
