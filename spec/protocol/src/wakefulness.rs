//! Staying awake for a moment where the next message is about to come.
//!
//! To be woken takes several times as long as to answer a request where a processor that has nothing to do goes to sleep, as virtual ones do most
//! of all. So who expects a message looks for it a little longer, and offers the processor to others between two looks. Where somebody
//! takes it for a whole turn of the scheduler, waiting like that costs more than it gains: who sleeps and is woken has
//! its turn at once, who gave it away has to wait for the next one.

use std::{
    thread,
    time::{Duration, Instant},
};

/// How long to look for a message before going to sleep.
const VIGIL: Duration = Duration::from_micros(50);

/// Others that want the processor for a message or two give it back earlier, even some dozens of them.
const TURN: Duration = Duration::from_millis(1);

/// How long to sleep at once where somebody took a turn.
const RESPITE: Duration = Duration::from_millis(100);

/// Whether it is any use to stay awake.
#[derive(Debug, Default)]
pub struct Wakefulness {
    /// Not before then; `None` as long as nobody else wants the processor.
    useless_until: Option<Instant>,
}

impl Wakefulness {
    /// Until when to look for a message, from now on: for 50 us, or not at all.
    #[must_use]
    pub fn awake_until(&self) -> Instant {
        let now = Instant::now();
        match self.useless_until {
            Some(moment) if now < moment => now,
            _ => now + VIGIL,
        }
    }

    /// Lets others have the processor, one of whom may be who sends the message. Says whether to go on looking.
    pub fn give_way(&mut self) -> bool {
        let began = Instant::now();
        thread::yield_now();
        let now = Instant::now();
        let brief = now - began < TURN;
        if !brief {
            self.useless_until = Some(now + RESPITE);
        }
        brief
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_lost_a_turn_sleeps_at_once_for_a_while() {
        let mut wakefulness = Wakefulness::default();
        assert!(wakefulness.awake_until() > Instant::now());
        wakefulness.useless_until = Some(Instant::now() + RESPITE);
        assert!(wakefulness.awake_until() <= Instant::now());
        wakefulness.useless_until = Some(Instant::now());
        assert!(wakefulness.awake_until() > Instant::now());
    }
}
