//! What RFC 4898 lets a manager control, but for what concerns notices: which tables are on.

use estats_spec::{Id, Kind};
use estatsd_ebpf::{Control, Tables};

/// Which tables are on, and since when.
#[derive(Clone, Copy, Debug)]
pub struct Controls {
    on: Tables,
    were: Tables,
    generation: u8,
    /// The generation that began when each table was switched on last, in the order of their bits.
    since: [u8; 8],
}

impl Controls {
    /// These tables are on from the start.
    #[must_use]
    pub fn new(on: Tables) -> Controls {
        Controls {
            on,
            were: Tables::NONE,
            generation: 0,
            since: [0; 8],
        }
    }

    /// A table is on.
    #[must_use]
    pub fn is_on(&self, table: Tables) -> bool {
        self.on.any(table)
    }

    /// Switches a table. Says whether it was off and is on, so that what it shows has to begin anew on every connection.
    pub fn switch(&mut self, table: Tables, on: bool) -> bool {
        if !on {
            self.on = self.on.without(table);
            return false;
        }
        if self.is_on(table) {
            return false;
        }
        self.were = self.on;
        self.on = self.on.with(table);
        self.generation = self.generation.wrapping_add(1);
        for (bit, since) in self.since.iter_mut().enumerate() {
            if table.bits() >> bit & 1 == 1 {
                *since = self.generation;
            }
        }
        true
    }

    /// The tables that are on.
    #[must_use]
    pub fn on(&self) -> Tables {
        self.on
    }

    /// Something has to be counted while connections run.
    #[must_use]
    pub fn counting(&self) -> bool {
        self.on.any(Tables::COUNTING)
    }

    /// What the programs are told.
    #[must_use]
    pub fn word(&self, finals: bool, prompt: bool) -> Control {
        Control {
            tables: self.on,
            were: self.were,
            generation: self.generation,
            finals,
            prompt,
        }
    }

    /// An instrument may be shown of a connection whose record is of this generation: its table is on, and what is counted was
    /// counted without a break.
    #[must_use]
    pub fn show(&self, id: Id, generation: u8) -> bool {
        let info = id.info();
        let table = Tables::of(info.table);
        if table == Tables::NONE {
            return true;
        }
        let since = self.since[table.bits().trailing_zeros() as usize];
        // Generations wrap around; no record is 128 of them old.
        let counted = generation.wrapping_sub(since).cast_signed() >= 0;
        self.is_on(table) && (counted || info.kind != Kind::Event)
    }
}

/// The tables in a list of names with commas: those of RFC 4898 in any case, `extras`, `all` or `none`.
///
/// # Errors
///
/// A name is of no table.
pub fn parse(names: &str) -> Result<Tables, String> {
    names.split(',').try_fold(Tables::NONE, |tables, name| {
        let name = name.trim();
        let found = match name {
            "all" => Some(Tables::ALL),
            "none" => Some(Tables::NONE),
            _ => Tables::named(name),
        };
        let known = "perf, path, stack, app, tune, extras, all and none";
        found
            .map(|table| tables.with(table))
            .ok_or_else(|| format!("'{name}' is no table; there are {known}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_counted_all_the_time_is_not_shown() {
        let mut controls = Controls::new(Tables::ALL);
        assert!(controls.show(Id::CountRTT, 0));
        assert!(!controls.switch(Tables::PATH, true), "it is on already");
        controls.switch(Tables::PATH, false);
        assert!(!controls.show(Id::CountRTT, 0) && !controls.show(Id::RTTVar, 0));
        assert!(controls.show(Id::CongSignals, 0));
        assert!(controls.switch(Tables::PATH, true));
        // A record that was not restarted; what is read from the socket has no past.
        assert!(!controls.show(Id::CountRTT, 0) && controls.show(Id::RTTVar, 0));
        assert!(controls.show(Id::CountRTT, 1) && controls.show(Id::SlowStart, 0));
        let word = controls.word(false, false);
        assert_eq!(
            (word.were, word.tables),
            (Tables::ALL.without(Tables::PATH), Tables::ALL)
        );
    }

    #[test]
    fn generations_wrap_around() {
        let mut controls = Controls::new(Tables::ALL);
        for _ in 0..300 {
            controls.switch(Tables::APP, false);
            controls.switch(Tables::APP, true);
        }
        let generation = controls.word(false, false).generation;
        assert!(controls.show(Id::MaxAppRQueue, generation));
        assert!(!controls.show(Id::MaxAppRQueue, generation.wrapping_sub(1)));
    }

    #[test]
    fn tables_are_named_as_in_the_rfc() {
        assert_eq!(parse("Perf,path"), Ok(Tables::PERF.with(Tables::PATH)));
        assert_eq!(parse("all"), Ok(Tables::ALL));
        assert_eq!(parse("none"), Ok(Tables::NONE));
        assert!(parse("pref").unwrap_err().contains("'pref'"));
        assert!(parse("").is_err());
    }
}
