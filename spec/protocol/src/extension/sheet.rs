//! A sheet: values of many connections in rows of one width.
//!
//! What the columns are is said once; a row then has nothing but the values, each where it is in every other row. So a row is not
//! decoded as a whole: whoever wants a value takes it from its place.

use estats_spec::{
    Id,
    wire::extension::{
        COLUMN_LEN,
        column::{MEMBER, WIDTH},
        row_instrument,
        sheet_row::{ADDR_TYPE, CID, LOCAL_ADDR, LOCAL_PORT, PRESENT, REM_ADDR, REM_PORT, SEC, USEC},
    },
};
use netlink_packet_core::DecodeError;

use super::Instruments;
use crate::{attribute::EstatsAttr, message::EstatsMessage, time::Time, tuple::Tuple, tuple::address, value::Value};

/// One message of the answer to `READ_SHEETS`.
#[derive(Debug)]
pub struct Sheet<'a> {
    /// Where each instrument is that has a column.
    places: Box<[Option<Place>; Id::ALL.len()]>,
    row_len: usize,
    rows: &'a [u8],
}

/// Where the values of an instrument are.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Number of the column.
    column: usize,
    /// Octets of the row before the value.
    at: usize,
}

/// What a sheet has of one connection.
#[derive(Debug, Clone, Copy)]
pub struct SheetRow<'a> {
    /// When it was read.
    pub time: Time,
    /// Its id and ends.
    pub tuple: Tuple,
    sheet: &'a Sheet<'a>,
    octets: &'a [u8],
}

impl<'a> Sheet<'a> {
    /// Finds out where everything is. Columns of instruments that only a newer daemon knows are passed over.
    ///
    /// # Errors
    ///
    /// Columns or rows are missing, a column has not the width of its instrument or is there twice, or the last row is cut short.
    pub fn decode(message: &'a EstatsMessage) -> Result<Self, DecodeError> {
        let columns = message.last(|attribute| match attribute {
            EstatsAttr::Columns(octets) => Some(octets.as_slice()),
            _ => None,
        });
        let rows = message.last(|attribute| match attribute {
            EstatsAttr::Rows(octets) => Some(octets.as_slice()),
            _ => None,
        });
        let columns = columns.ok_or("a sheet has no columns")?;
        let rows = rows.ok_or("a sheet has no rows")?;
        if !columns.len().is_multiple_of(COLUMN_LEN) {
            return Err("the last column of a sheet is cut short".into());
        }
        let count = columns.len() / COLUMN_LEN;
        let mut places = Box::new([None; Id::ALL.len()]);
        let mut row_len = usize::from(PRESENT) + count.div_ceil(8);
        for (column, description) in columns.chunks_exact(COLUMN_LEN).enumerate() {
            let width = usize::from(u16_at(description, WIDTH));
            if let Some(id) = row_instrument(u16_at(description, MEMBER)) {
                let wants = id.info().wire.size();
                if width != wants {
                    return Err(format!("the column of {id} has {width} octets instead of {wants}").into());
                }
                let place = Place { column, at: row_len };
                if places[id as usize].replace(place).is_some() {
                    return Err(format!("a sheet has two columns of {id}").into());
                }
            }
            row_len += width;
        }
        if !rows.len().is_multiple_of(row_len) {
            return Err("the last row of a sheet is cut short".into());
        }
        Ok(Self { places, row_len, rows })
    }

    /// The rows, in their order. One whose address type is unknown is an error.
    pub fn rows(&self) -> impl Iterator<Item = Result<SheetRow<'_>, DecodeError>> {
        self.rows
            .chunks_exact(self.row_len)
            .map(|octets| SheetRow::decode(self, octets))
    }
}

impl<'a> SheetRow<'a> {
    fn decode(sheet: &'a Sheet<'a>, octets: &'a [u8]) -> Result<Self, DecodeError> {
        let kind = octets[usize::from(ADDR_TYPE)];
        let end = |at, port| Ok::<_, DecodeError>((address(kind, octets_at(octets, at))?, u16_at(octets, port)));
        Ok(Self {
            time: Time {
                sec: u32_at(octets, SEC),
                usec: u32_at(octets, USEC),
            },
            tuple: Tuple::new(
                u32_at(octets, CID),
                end(LOCAL_ADDR, LOCAL_PORT)?,
                end(REM_ADDR, REM_PORT)?,
            ),
            sheet,
            octets,
        })
    }

    /// The value of an instrument; `None` where it is not measured, or the daemon does not know it.
    #[must_use]
    pub fn value(&self, id: Id) -> Option<Value> {
        let place = self.sheet.places[id as usize]?;
        let present = self.octets[usize::from(PRESENT) + place.column / 8] >> (place.column % 8) & 1 != 0;
        let wire = id.info().wire;
        let value = || Value::from_bytes(&self.octets[place.at..place.at + wire.size()]);
        Some(present.then(value)??.cast(wire))
    }

    /// Everything that is measured.
    #[must_use]
    pub fn instruments(&self) -> Instruments {
        let mut instruments = Instruments::new();
        for id in Id::ALL {
            if let Some(value) = self.value(id) {
                instruments.set(id, value);
            }
        }
        instruments
    }
}

/// Octets that the caller knows to be there.
fn octets_at<const N: usize>(octets: &[u8], at: u16) -> [u8; N] {
    let mut taken = [0; N];
    taken.copy_from_slice(&octets[usize::from(at)..][..N]);
    taken
}

fn u16_at(octets: &[u8], at: u16) -> u16 {
    u16::from_ne_bytes(octets_at(octets, at))
}

fn u32_at(octets: &[u8], at: u16) -> u32 {
    u32::from_ne_bytes(octets_at(octets, at))
}
