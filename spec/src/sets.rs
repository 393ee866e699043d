//! The nine variable sets: what stands at which index of which table, for each line of legacy libraries.
//!
//! On the wire a variable is a number, its position in its table; in the C library it is a position in one flat array.
//! Both changed several times under one library name, so a client is served right only if its set is known. Names,
//! order and widths are those of the *library*: the kernel module had four variables of PERF in another order (32, 33,
//! 37, 38), and clients read them under each other's names.

mod parts;
mod perf;
mod stack;

use crate::instruments::{Id, WireType};
use crate::wire::TABLES;

/// One position of a set.
#[derive(Clone, Copy, Debug)]
pub struct Var {
    /// Name as this library spells it.
    pub name: &'static str,
    /// The instrument.
    pub id: Id,
    /// Width and sign of the value. A client stops reading the table at a value of another width.
    pub wire: WireType,
}

impl Var {
    /// How a library keeps the value in memory and in record files: as wide as the instrument.
    ///
    /// On the wire it may be narrower. Until 2015 `StartTimeStamp` was a single byte, which cannot hold a time.
    #[must_use]
    pub const fn stored(&self) -> WireType {
        self.id.info().wire
    }
}

/// What one line of libraries knows: its tables in wire order, each with its variables in wire order.
#[derive(Debug)]
pub struct VarSet {
    /// Short name: `V`, the number of variables, and a letter where two sets have equally many.
    pub name: &'static str,
    /// PERF, PATH, STACK, APP, TUNE, EXTRAS. Sets without EXTRAS have an empty table there.
    pub tables: [&'static [Var]; TABLES],
}

impl VarSet {
    /// Number of variables: the length of the library's flat array.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.table_start(TABLES)
    }

    /// Whether the set has no variable; none of the sets here is empty.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All variables in flat order.
    pub fn iter(&self) -> impl Iterator<Item = &'static Var> + use<> {
        self.tables.into_iter().flatten()
    }

    /// Flat index of the first variable of `table`; of the end for `table` = 6.
    ///
    /// # Panics
    ///
    /// If `table` is above 6.
    #[must_use]
    pub const fn table_start(&self, table: usize) -> usize {
        let mut start = 0;
        let mut t = 0;
        while t < table {
            start += self.tables[t].len();
            t += 1;
        }
        start
    }

    /// Flat index of variable `index` of `table`; `None` if there is no such variable.
    #[must_use]
    pub const fn flat_index(&self, table: usize, index: usize) -> Option<usize> {
        if table < TABLES && index < self.tables[table].len() {
            Some(self.table_start(table) + index)
        } else {
            None
        }
    }

    /// Table and index of the variable at a flat index; `None` beyond the last.
    #[must_use]
    pub const fn table_index(&self, flat: usize) -> Option<(usize, usize)> {
        let mut table = 0;
        let mut index = flat;
        while table < TABLES {
            if index < self.tables[table].len() {
                return Some((table, index));
            }
            index -= self.tables[table].len();
            table += 1;
        }
        None
    }

    /// Table and index of an instrument; `None` if the set does not have it.
    #[must_use]
    pub fn find(&self, id: Id) -> Option<(usize, usize)> {
        let flat = self.iter().position(|var| var.id == id)?;
        self.table_index(flat)
    }

    /// Table and index of a variable by name, in any ASCII case, as `WRITE_VAR` looks it up.
    #[must_use]
    pub fn find_name(&self, name: &str) -> Option<(usize, usize)> {
        let flat = self.iter().position(|var| var.name.eq_ignore_ascii_case(name))?;
        self.table_index(flat)
    }

    /// The mask of each table that asks for all its variables.
    #[must_use]
    pub const fn default_masks(&self) -> [u64; TABLES] {
        let mut masks = [0; TABLES];
        let mut table = 0;
        while table < TABLES {
            masks[table] = (1 << self.tables[table].len()) - 1;
            table += 1;
        }
        masks
    }

    /// The set of that name, in any ASCII case.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static VarSet> {
        ALL.into_iter().find(|set| set.name.eq_ignore_ascii_case(name))
    }
}

/// RFC 4898 and nothing else: `libtcpe` (kernel patches 0.4 to 0.7) and `libestats` 2.0.6 and 2.0.7.
pub static V117: VarSet = VarSet {
    name: "V117",
    tables: [
        &perf::P34,
        &parts::PATH,
        &stack::S41_RFC,
        &parts::APP,
        &parts::TUNE_WITH_LIM_SSTHRESH,
        &[],
    ],
};

/// `libestats` from July 2013 to July 2014: early retransmit and TSO deferral were added.
pub static V121: VarSet = VarSet {
    name: "V121",
    tables: [
        &perf::P36_SHORT_START,
        &parts::PATH,
        &stack::S43,
        &parts::APP,
        &parts::TUNE_WITH_LIM_SSTHRESH,
        &[],
    ],
};

/// `libestats` of one development branch of March 2014, the only one that spelled `Startup` in the C library. Its masks
/// know an EXTRAS table of two, its array of variables does not.
pub static V123G: VarSet = VarSet {
    name: "V123g",
    tables: [
        &perf::P38,
        &parts::PATH,
        &stack::S43,
        &parts::APP,
        &parts::TUNE_WITH_LIM_SSTHRESH,
        &[],
    ],
};

/// `libestats` from May 2014 to June 2015: EXTRAS.
pub static V123: VarSet = VarSet {
    name: "V123",
    tables: [
        &perf::P36_SHORT_START,
        &parts::PATH,
        &stack::S43,
        &parts::APP,
        &parts::TUNE_WITH_LIM_SSTHRESH,
        &parts::EXTRAS_REDUCTIONS,
    ],
};

/// `libestats` of summer 2015, after positions that the kernel did not fill were taken out.
///
/// Nine days after that (26 June 2015) it widened `StartTimeStamp` from one byte to eight without any other change. The
/// widened form is given here.
pub static V116: VarSet = VarSet {
    name: "V116",
    tables: [
        &perf::P36,
        &parts::PATH,
        &stack::S37,
        &parts::APP,
        &parts::TUNE_WITH_LIM_SSTHRESH,
        &parts::EXTRAS_MODERATION,
    ],
};

/// `libestats` from August 2015 to March 2017: four of those positions came back.
pub static V120: VarSet = VarSet {
    name: "V120",
    tables: [
        &perf::P36,
        &parts::PATH,
        &stack::S41_EARLY,
        &parts::APP,
        &parts::TUNE_WITH_LIM_SSTHRESH,
        &parts::EXTRAS_MODERATION,
    ],
};

/// `libestats` for kernels up to 4.7 (tags `kernel-4.7-and-earlier` and `use-with-centos-3.10`, one commit): start-up
/// and pacing added, `LimSsthresh` gone.
pub static V124A: VarSet = VarSet {
    name: "V124a",
    tables: [
        &perf::P40,
        &parts::PATH,
        &stack::S41_EARLY,
        &parts::APP,
        &parts::TUNE,
        &parts::EXTRAS_MODERATION_PRIORITY,
    ],
};

/// `libestats` for kernels 4.8 to 4.13 (tag `kernel-4.8`): the reductions gone.
pub static V122: VarSet = VarSet {
    name: "V122",
    tables: [
        &perf::P40,
        &parts::PATH,
        &stack::S40,
        &parts::APP,
        &parts::TUNE,
        &parts::EXTRAS_PRIORITY,
    ],
};

/// `libestats` for kernels from 4.18 on (tag `kernel-4.18`, and the last state): RACK.
pub static V124B: VarSet = VarSet {
    name: "V124b",
    tables: [
        &perf::P41,
        &parts::PATH,
        &stack::S41_RACK,
        &parts::APP,
        &parts::TUNE,
        &parts::EXTRAS_PRIORITY,
    ],
};

/// All sets, oldest first.
pub static ALL: [&VarSet; 9] = [&V117, &V121, &V123G, &V123, &V116, &V120, &V124A, &V122, &V124B];
