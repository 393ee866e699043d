//! The files in which the C library keeps the values of connections.
//!
//! ```text
//! 0      1   byte order of the writer: 0 little-endian, 1 big-endian
//! 1      2   length of a header, always 0
//! 3      R   records: sec u32, usec u32, rem_addr, local_addr (16 bytes each; 17 in layout L1), rem_port u16, local_port u16,
//!            then for each variable: masked u64, value in 8 bytes
//! end-2  2   checksum
//! ```
//!
//! Neither a version nor names are stored, nor the connection's id, nor from layout L2 on the address type: whoever reads a file has
//! to know the generation of its writer. [`fitting`] tells which ones a file can be of by its length.

mod checksum;
mod damage;
mod end;
mod entry;
mod order;

use estats_spec::libraries::{self, Layout, Library};
use estats_spec::sets::VarSet;

pub use self::checksum::Sum;
pub use self::damage::Damage;
pub use self::end::End;
pub use self::entry::{Entry, Stored};
pub use self::order::{Order, Start};

/// Bytes of the checksum at the end.
const TRAILER: usize = 2;

/// What a reader has to know: how long an address is, and which variables there are.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Whether the address type stands behind each address, as a 17th byte.
    pub typed_addresses: bool,
    /// The variables.
    pub set: &'static VarSet,
}

impl Format {
    /// What this library writes; `None` if it has no record files.
    #[must_use]
    pub const fn of(library: &Library) -> Option<Self> {
        let typed_addresses = match library.layout {
            Layout::L0 => return None,
            Layout::L1 => true,
            Layout::L2 | Layout::L3 => false,
        };
        Some(Self {
            typed_addresses,
            set: library.set,
        })
    }

    /// Bytes of one record.
    #[must_use]
    pub const fn record_size(self) -> usize {
        let address = if self.typed_addresses { 17 } else { 16 };
        8 + 2 * address + 4 + 16 * self.set.len()
    }

    /// The records of a complete file, and its byte order.
    ///
    /// # Errors
    ///
    /// The file is damaged, is none, or is of another format.
    pub fn read(self, file: &[u8]) -> Result<(Order, Vec<Entry>), Damage> {
        let (start, body) = self.check(file)?;
        let records = body.chunks_exact(self.record_size());
        let entries = records.filter_map(|record| self.decode(record, start)).collect();
        Ok((start, entries))
    }

    /// A complete file.
    #[must_use]
    pub fn write(self, order: Order, entries: &[Entry]) -> Vec<u8> {
        let mut file = Start::new(order).bytes().to_vec();
        for entry in entries {
            file.extend(self.encode(entry, order));
        }
        let mut sum = Sum::default();
        sum.add(&file);
        file.extend(sum.trailer());
        file
    }

    /// The byte order of an undamaged file, and its records. The checksum comes first, as in the C library.
    fn check(self, file: &[u8]) -> Result<(Order, &[u8]), Damage> {
        let mut sum = Sum::default();
        sum.add(file);
        let Some((start, rest)) = file.split_first_chunk() else {
            return Err(Damage::TooShort(file.len()));
        };
        if rest.len() < TRAILER {
            return Err(Damage::TooShort(file.len()));
        }
        if !sum.is_complete() {
            return Err(if rest.len().is_multiple_of(self.record_size()) {
                Damage::NotCompleted
            } else {
                Damage::Changed
            });
        }
        let start = Start::parse(*start);
        let order = start.order.map_err(Damage::Order)?;
        let body = &rest[..rest.len() - TRAILER];
        let records = body.get(start.header.into()..).ok_or(Damage::Header(start.header))?;
        let beyond = records.len() % self.record_size();
        if beyond == 0 {
            Ok((order, records))
        } else {
            Err(Damage::Format {
                size: self.record_size(),
                beyond,
                fitting: fitting(records.len()),
            })
        }
    }
}

/// Names of the generations in whose files records can take so many bytes together, newest first.
#[must_use]
pub fn fitting(records: usize) -> Vec<&'static str> {
    let fits =
        |library: &&Library| Format::of(library).is_some_and(|format| records.is_multiple_of(format.record_size()));
    let mut names: Vec<_> = libraries::ALL
        .into_iter()
        .filter(fits)
        .map(|library| library.generation)
        .collect();
    // Of the first generations one was shipped under two file names.
    names.dedup();
    names
}
