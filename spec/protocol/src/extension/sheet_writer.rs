//! Makes sheets: see [`Sheet`](super::Sheet).

use std::sync::LazyLock;

use estats_spec::{
    Id, Table,
    wire::{
        HEADER_LEN,
        extension::{
            COLUMN_LEN, cmd, row_member,
            sheet_row::{ADDR_TYPE, CID, LOCAL_ADDR, LOCAL_PORT, PRESENT, REM_ADDR, REM_PORT, SEC, USEC},
        },
    },
};

use super::Instruments;
use crate::{attribute::EstatsAttr, datagram, message::EstatsMessage, time::Time, tuple::Tuple};

/// Octets before the value of an attribute: its length and its kind, 16 bits each.
const ATTRIBUTE: usize = 4;

/// What every sheet has in common: a column for each instrument of connections.
struct Format {
    ids: Vec<Id>,
    columns: Vec<u8>,
    row_len: usize,
}

static FORMAT: LazyLock<Format> = LazyLock::new(|| {
    let of_connections = |id: &Id| id.info().table != Table::Listener;
    let ids: Vec<Id> = Id::ALL.into_iter().filter(of_connections).collect();
    let mut columns = Vec::with_capacity(ids.len() * COLUMN_LEN);
    let mut row_len = usize::from(PRESENT) + ids.len().div_ceil(8);
    for id in &ids {
        let width = id.info().wire.size();
        columns.extend(row_member(*id).to_ne_bytes());
        columns.extend(u16::try_from(width).unwrap_or(u16::MAX).to_ne_bytes());
        row_len += width;
    }
    Format { ids, columns, row_len }
});

/// A sheet in the making, no longer as a datagram than there is room for.
#[derive(Debug)]
pub struct SheetWriter {
    rows: Vec<u8>,
    /// How long the rows may be in all.
    room: usize,
}

impl SheetWriter {
    /// An empty one whose datagram may have `room` octets.
    #[must_use]
    pub fn new(room: usize) -> Self {
        let head = HEADER_LEN + ATTRIBUTE + FORMAT.columns.len() + ATTRIBUTE;
        Self {
            rows: Vec::new(),
            // An attribute tells its length in 16 bits.
            room: room.min(usize::from(u16::MAX)).saturating_sub(head),
        }
    }

    /// There is room for one more row.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.rows.len() + FORMAT.row_len <= self.room
    }

    /// Appends a row, for which there has to be [room](Self::has_room).
    pub fn push(&mut self, time: Time, tuple: &Tuple, instruments: &Instruments) {
        let start = self.rows.len();
        self.rows.resize(start + FORMAT.row_len, 0);
        let row = &mut self.rows[start..];
        let mut put = |at: u16, octets: &[u8]| row[usize::from(at)..][..octets.len()].copy_from_slice(octets);
        let (kind, local, remote) = tuple.ends();
        put(SEC, &time.sec.to_ne_bytes());
        put(USEC, &time.usec.to_ne_bytes());
        put(CID, &tuple.cid.to_ne_bytes());
        put(LOCAL_PORT, &tuple.local.1.to_ne_bytes());
        put(REM_PORT, &tuple.remote.1.to_ne_bytes());
        put(LOCAL_ADDR, &local);
        put(REM_ADDR, &remote);
        put(ADDR_TYPE, &[kind]);
        let (present, values) = row[usize::from(PRESENT)..].split_at_mut(FORMAT.ids.len().div_ceil(8));
        let mut at = 0;
        for (column, id) in FORMAT.ids.iter().enumerate() {
            let wire = id.info().wire;
            if let Some(value) = instruments[*id] {
                present[column / 8] |= 1 << (column % 8);
                value.cast(wire).emit(&mut values[at..at + wire.size()]);
            }
            at += wire.size();
        }
    }

    /// The datagram; empty when there is no row.
    #[must_use]
    pub fn datagram(self, family: u16) -> Vec<u8> {
        if self.rows.is_empty() {
            return Vec::new();
        }
        let attributes = vec![EstatsAttr::Columns(FORMAT.columns.clone()), EstatsAttr::Rows(self.rows)];
        datagram::reply(
            family,
            EstatsMessage {
                command: cmd::READ_SHEETS,
                attributes,
            },
        )
    }
}
