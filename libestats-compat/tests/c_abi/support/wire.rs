//! Messages as a daemon sends them, put together byte by byte from the description of the protocol: not with the code that
//! reads them, so that the two cannot share a mistake.

use estats_spec::Id;
use estats_spec::wire::extension::row_member;

/// What the scripted daemon calls its family.
pub(crate) const FAMILY: u16 = 0x3f2;

/// Bytes that grow by 4-byte aligned attributes.
#[derive(Clone, Default)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl Bytes {
    /// Appends an attribute.
    #[must_use]
    pub(crate) fn attr(mut self, kind: u16, payload: &[u8]) -> Self {
        let length = u16::try_from(4 + payload.len()).expect("short");
        self.0.extend(length.to_ne_bytes());
        self.0.extend(kind.to_ne_bytes());
        self.0.extend(payload);
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        self
    }

    /// Appends a nest.
    #[must_use]
    pub(crate) fn nest(self, kind: u16, members: &Bytes) -> Self {
        self.attr(0x8000 | kind, &members.0)
    }
}

/// A message: nlmsghdr with sequence and port id 0, genlmsghdr, attributes.
pub(crate) fn message(kind: u16, command: u8, version: u8, attributes: &Bytes) -> Vec<u8> {
    let length = u32::try_from(20 + attributes.0.len()).expect("short");
    let mut bytes = length.to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend([0; 2 + 4 + 4]);
    bytes.extend([command, version, 0, 0]);
    bytes.extend(&attributes.0);
    bytes
}

/// A message of the family.
pub(crate) fn reply(command: u8, attributes: &Bytes) -> Vec<u8> {
    message(FAMILY, command, 1, attributes)
}

/// `NLMSG_ERROR`: 36 bytes with error 0, the request repeated with another.
pub(crate) fn acknowledgement(request: &[u8], errno: i32) -> Vec<u8> {
    let repeated = if errno == 0 { &request[..16] } else { request };
    let length = u32::try_from(20 + repeated.len()).expect("short");
    let mut bytes = length.to_ne_bytes().to_vec();
    bytes.extend(2_u16.to_ne_bytes());
    bytes.extend(0_u16.to_ne_bytes());
    bytes.extend(&request[8..12]);
    bytes.extend(0_u32.to_ne_bytes());
    bytes.extend((-errno).to_ne_bytes());
    bytes.extend(repeated);
    bytes
}

/// The answer to GETFAMILY: the name first, then the id.
pub(crate) fn family() -> Vec<u8> {
    let attributes = Bytes::default().attr(2, b"tcp_estats\0").attr(1, &FAMILY.to_ne_bytes());
    message(16, 1, 2, &attributes)
}

/// A 4TUPLE nest (14) of an IPv4 connection from port 5001 on 10.0.0.1 to port 80 on 10.0.0.<cid>.
pub(crate) fn ipv4_tuple(bytes: Bytes, cid: u32) -> Bytes {
    let address = |last: u8| [10, 0, 0, last, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let remote = address(u8::try_from(cid % 256).expect("below 256"));
    tuple(bytes, remote, 80, address(1), 5001, 1, cid)
}

/// A 4TUPLE nest (14).
pub(crate) fn tuple(
    bytes: Bytes,
    remote: [u8; 16],
    remote_port: u16,
    local: [u8; 16],
    local_port: u16,
    address_type: u8,
    cid: u32,
) -> Bytes {
    bytes.nest(
        14,
        &Bytes::default()
            .attr(1, &remote)
            .attr(2, &remote_port.to_ne_bytes())
            .attr(3, &local)
            .attr(4, &local_port.to_ne_bytes())
            .attr(5, &[address_type])
            .attr(6, &cid.to_ne_bytes()),
    )
}

/// A TIME nest (16).
pub(crate) fn time(bytes: Bytes, sec: u32, usec: u32) -> Bytes {
    bytes.nest(
        16,
        &Bytes::default()
            .attr(1, &sec.to_ne_bytes())
            .attr(2, &usec.to_ne_bytes()),
    )
}

/// ORIGIN (65), as short as it may be, and a ROW nest (64) with these values.
pub(crate) fn row(bytes: Bytes, values: &[(Id, Vec<u8>)]) -> Bytes {
    let origin = Bytes::default()
        .attr(1, &1_u64.to_ne_bytes())
        .attr(2, &1_u32.to_ne_bytes());
    let row = values
        .iter()
        .fold(Bytes::default(), |row, (id, value)| row.attr(row_member(*id), value));
    bytes.nest(65, &origin).nest(64, &row)
}

/// COLUMNS (74) and ROWS (75) with one row, of the IPv4 connection of [`ipv4_tuple`]. Behind the columns of these values is one that is
/// not measured, and one of an instrument that nobody knows.
pub(crate) fn sheet((sec, usec): (u32, u32), cid: u32, values: &[(Id, Vec<u8>)]) -> Bytes {
    let column = |member: u16, width: usize| {
        let width = u16::try_from(width).expect("short");
        [member.to_ne_bytes(), width.to_ne_bytes()].concat()
    };
    let mut columns: Vec<u8> = values
        .iter()
        .flat_map(|(id, value)| column(row_member(*id), value.len()))
        .collect();
    columns.extend(column(row_member(Id::SegsIn), 4));
    columns.extend(column(60_000, 2));
    assert_eq!(columns.len(), 8 * 4, "a bit for each in one octet");
    let address = |last: u8| [10, 0, 0, last, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let mut row = [sec, usec, cid].map(u32::to_ne_bytes).concat();
    row.extend([5001_u16, 80].map(u16::to_ne_bytes).concat());
    row.extend(address(1));
    row.extend(address(u8::try_from(cid % 256).expect("below 256")));
    // IPv4; the columns of the values, and the one that nobody knows.
    row.extend([1, 0b1011_1111]);
    row.extend(values.iter().flat_map(|(_, value)| value));
    row.extend([0xee; 4]);
    row.extend([0xff; 2]);
    Bytes::default().attr(74, &columns).attr(75, &row)
}

/// The cid in a request's 4TUPLE nest, which the library always sends with this member first.
pub(crate) fn cid_of(request: &[u8]) -> u32 {
    let mut rest = &request[20..];
    loop {
        let length = usize::from(u16::from_ne_bytes([rest[0], rest[1]]));
        let kind = u16::from_ne_bytes([rest[2], rest[3]]) & 0x3fff;
        if kind == 14 {
            return u32::from_ne_bytes(rest[8..12].try_into().expect("four"));
        }
        rest = &rest[length.next_multiple_of(4)..];
    }
}
