//! Makes sheets: see [`Sheet`](super::Sheet).

use std::sync::LazyLock;

use estats_spec::{
    Id, Table,
    wire::extension::{
        COLUMN_LEN, attr, cmd, row_member,
        sheet_row::{ADDR_TYPE, CID, LOCAL_ADDR, LOCAL_PORT, PRESENT, REM_ADDR, REM_PORT, SEC, USEC},
    },
};
use netlink_packet_core::NLA_ALIGNTO;

use super::Instruments;
use crate::{attribute::EstatsAttr, datagram, message::EstatsMessage, nest, time::Time, tuple::Tuple, value::Value};

/// Octets of the longest value.
const LONGEST: usize = size_of::<u64>();

/// What every sheet has in common: a column for each instrument of connections.
struct Format {
    columns: Vec<Column>,
    /// As COLUMNS tells of them.
    described: Vec<u8>,
    /// Octets of a row before the values.
    head_len: usize,
    row_len: usize,
}

struct Column {
    id: Id,
    /// Octets of its values.
    width: usize,
}

static FORMAT: LazyLock<Format> = LazyLock::new(|| {
    let of_connections = |id: &Id| id.info().table != Table::Listener;
    let column = |id: Id| Column {
        id,
        width: id.info().wire.size(),
    };
    let columns: Vec<Column> = Id::ALL.into_iter().filter(of_connections).map(column).collect();
    let mut described = Vec::with_capacity(columns.len() * COLUMN_LEN);
    let head_len = usize::from(PRESENT) + columns.len().div_ceil(8);
    let mut row_len = head_len;
    for Column { id, width } in &columns {
        described.extend(row_member(*id).to_ne_bytes());
        described.extend(u16::try_from(*width).unwrap_or(u16::MAX).to_ne_bytes());
        row_len += width;
    }
    Format {
        columns,
        described,
        head_len,
        row_len,
    }
});

/// A sheet in the making, no longer as a datagram than there is room for.
#[derive(Debug)]
pub struct SheetWriter {
    /// The message, with lengths that do not count the rows.
    datagram: Vec<u8>,
    /// Where the attribute of the rows begins.
    rows: usize,
    /// How long the datagram may be.
    room: usize,
}

impl SheetWriter {
    /// An empty one of the family, whose datagram may have `room` octets.
    #[must_use]
    pub fn new(family: u16, room: usize) -> Self {
        let columns = EstatsAttr::Columns(FORMAT.described.clone());
        let head = EstatsMessage {
            command: cmd::READ_SHEETS,
            attributes: vec![columns],
        };
        let mut datagram = datagram::reply(family, head);
        let rows = datagram.len();
        datagram.reserve(room.saturating_sub(rows) + LONGEST);
        datagram.extend([0; nest::HEADER]);
        // An attribute tells its length in 16 bits, and ends at a multiple of its alignment.
        let room = room.min(rows + usize::from(u16::MAX)) / NLA_ALIGNTO * NLA_ALIGNTO;
        Self { datagram, rows, room }
    }

    /// There is room for one more row.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.datagram.len() + FORMAT.row_len <= self.room
    }

    /// Appends a row, for which there has to be [room](Self::has_room).
    pub fn push(&mut self, time: Time, tuple: &Tuple, instruments: &Instruments) {
        let start = self.datagram.len();
        self.datagram.resize(start + FORMAT.row_len + LONGEST, 0);
        let (head, values) = self.datagram[start..].split_at_mut(FORMAT.head_len);
        let mut put = |at: u16, octets: &[u8]| head[usize::from(at)..][..octets.len()].copy_from_slice(octets);
        let (kind, local, remote) = tuple.ends();
        put(SEC, &time.sec.to_ne_bytes());
        put(USEC, &time.usec.to_ne_bytes());
        put(CID, &tuple.cid.to_ne_bytes());
        put(LOCAL_PORT, &tuple.local.1.to_ne_bytes());
        put(REM_PORT, &tuple.remote.1.to_ne_bytes());
        put(LOCAL_ADDR, &local);
        put(REM_ADDR, &remote);
        put(ADDR_TYPE, &[kind]);
        let mut at = 0;
        for (columns, present) in FORMAT.columns.chunks(8).zip(&mut head[usize::from(PRESENT)..]) {
            for (bit, Column { id, width }) in columns.iter().enumerate() {
                let value = instruments[*id];
                *present |= u8::from(value.is_some()) << bit;
                let bits = value.map_or(0, Value::as_u64);
                // As wide as they come: what is too much is in the place of the next one, which is still to be written.
                values[at..at + LONGEST].copy_from_slice(&low_octets_first(bits, *width));
                at += width;
            }
        }
        self.datagram.truncate(start + FORMAT.row_len);
    }

    /// The datagram; empty when there is no row.
    ///
    /// # Panics
    ///
    /// When more rows were pushed than there was room for, and that many that an attribute cannot hold them.
    #[must_use]
    pub fn datagram(mut self) -> Vec<u8> {
        let length = self.datagram.len() - self.rows;
        if length == nest::HEADER {
            return Vec::new();
        }
        let length = u16::try_from(length).expect("there was room");
        self.datagram[self.rows..][..2].copy_from_slice(&length.to_ne_bytes());
        self.datagram[self.rows + 2..][..2].copy_from_slice(&attr::ROWS.to_ne_bytes());
        self.datagram
            .resize(self.datagram.len().next_multiple_of(NLA_ALIGNTO), 0);
        datagram::note_length(&mut self.datagram);
        self.datagram
    }
}

/// A value whose first octets are those that it has in so many octets, in native order.
fn low_octets_first(bits: u64, width: usize) -> [u8; LONGEST] {
    if cfg!(target_endian = "big") {
        (bits << (8 * (LONGEST - width))).to_be_bytes()
    } else {
        bits.to_le_bytes()
    }
}
