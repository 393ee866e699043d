//! Every instrument: the 133 columns of RFC 4898 and the 13 variables that only `Web10G` had.
//!
//! A row is written once, in the file of its table. From all rows together one macro makes [`Id`] and the table behind
//! [`Id::info`], so a name, its position and its description cannot disagree.

mod feed;
mod mib;
mod types;
mod unit;

#[macro_use]
mod listener;
#[macro_use]
mod connect_id;
#[macro_use]
mod perf;
#[macro_use]
mod path;
#[macro_use]
mod stack;
#[macro_use]
mod app;
#[macro_use]
mod tune;
#[macro_use]
mod extras;

use core::fmt;

pub use feed::Feed;
pub use mib::{Kind, Syntax, Table};
pub use types::{KernelType, SnmpType, WireType};
pub use unit::Unit;

/// Everything that is fixed about one instrument.
#[derive(Debug)]
pub struct Instrument {
    /// The row itself.
    pub id: Id,
    /// Canonical name: as in RFC 4898, for the others as in the C library.
    pub name: &'static str,
    /// The table it belongs to: that of RFC 4898, for the others the one `Web10G` put it into.
    pub table: Table,
    /// Column number (last arc of the object identifier) in that table; `None` for what RFC 4898 does not define.
    pub column: Option<u8>,
    /// Syntax in the MIB.
    pub syntax: Syntax,
    /// Unit of the value that the daemon delivers, on the wire and everywhere else.
    pub unit: Unit,
    /// Unit in RFC 4898, where it is a different one.
    pub rfc_unit: Option<Unit>,
    /// Width and sign on the wire. For a row that no variable set carries, those its MIB syntax asks for.
    pub wire: WireType,
    /// Type number in the variable table of the C library (L1 to L3).
    pub snmp: SnmpType,
    /// Type number that an INIT reply carries.
    pub kernel: KernelType,
    /// Whether it is read, computed or accumulated.
    pub kind: Kind,
    /// Whether `WRITE_VAR` may set it. RFC 4898 also calls `LimSsthresh` and `LimMSS` writable; the
    /// last kernel module accepted neither.
    pub writable: bool,
    /// The mechanism it comes from.
    pub feed: Feed,
    /// What it counts or shows.
    pub meaning: &'static str,
}

/// Calls the row macros in turn; each appends its rows and calls this again. The end of the list defines the table.
macro_rules! collect {
    ([] $($rows:tt)*) => { define! { $($rows)* } };
    ([$table:ident $($others:ident)*] $($rows:tt)*) => { $table! { [$($others)*] $($rows)* } };
}

/// Makes `Id` and the table of instruments from rows of the form
///
/// ```text
/// /// Meaning.
/// Name: Table column Syntax, Unit (RfcUnit), [WireType SnmpType KernelType], Kind from Feed writable;
/// ```
///
/// where the column may be `-`, and `(RfcUnit)` and `writable` may be absent.
macro_rules! define {
    ($(
        $(#[doc = $line:literal])+
        $name:ident: $table:ident $column:tt $syntax:ident, $unit:ident $(($rfc_unit:ident))?,
        [$wire:ident $snmp:ident $kernel:ident], $kind:ident from $feed:ident $($writable:ident)?;
    )+) => {
        /// An instrument. The order is that of the tables and columns in RFC 4898, each table's `Web10G` additions
        /// included.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        #[expect(clippy::doc_markdown, reason = "the text is also `meaning`, and printed where markup is noise")]
        pub enum Id {
            $( $(#[doc = $line])+ $name, )+
        }

        impl Id {
            /// All instruments, in order: `ALL[i] as usize == i`.
            pub const ALL: [Id; TABLE.len()] = [$(Id::$name),+];
        }

        static TABLE: [Instrument; [$(Id::$name),+].len()] = [$(Instrument {
            id: Id::$name,
            name: stringify!($name),
            table: Table::$table,
            column: define!(@column $column),
            syntax: Syntax::$syntax,
            unit: Unit::$unit,
            rfc_unit: define!(@rfc_unit $($rfc_unit)?),
            wire: WireType::$wire,
            snmp: SnmpType::$snmp,
            kernel: KernelType::$kernel,
            kind: Kind::$kind,
            writable: define!(@writable $($writable)?),
            feed: Feed::$feed,
            meaning: concat!($($line),+).trim_ascii(),
        }),+];
    };
    (@column -) => { None };
    (@column $column:literal) => { Some($column) };
    (@rfc_unit) => { None };
    (@rfc_unit $unit:ident) => { Some(Unit::$unit) };
    (@writable) => { false };
    (@writable writable) => { true };
}

collect! { [listener connect_id perf path stack app tune extras] }

impl Id {
    /// The row of this instrument.
    #[must_use]
    pub const fn info(self) -> &'static Instrument {
        &TABLE[self as usize]
    }

    /// The canonical name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.info().name
    }

    /// The instrument of that name, in any ASCII case: the module spelled `...Startup` what the library spelled
    /// `...StartUp`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Id> {
        Id::ALL.into_iter().find(|id| id.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
