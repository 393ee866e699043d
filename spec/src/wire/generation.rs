//! Attribute numbers of the five protocol generations.

use super::nested::{TUPLE_16, TUPLE_17, TupleForm};

/// Top-level attribute numbers and traits of one protocol generation.
///
/// Table values are the same in all of them: attribute `FIRST_TABLE + i` is the nest of table `i`, and inside it the
/// attribute number is the index of the variable (0 is valid), without any padding attribute.
#[derive(Debug)]
pub struct Generation {
    /// Short name: "W1", "W1t", "W2", "W3" or "W3p".
    pub name: &'static str,
    /// Number of variable tables it knows: 5 (without EXTRAS) or 6.
    pub tables: u16,
    /// MASK nest: see [`super::mask_member`]. In `READ_VARS` requests.
    pub mask: u16,
    /// 4TUPLE nest: see [`Generation::tuple_form`]. In requests (holding the cid) and in replies.
    pub tuple: u16,
    /// What the 4TUPLE nest holds.
    pub tuple_form: TupleForm,
    /// WRITE nest: see [`super::write_member`]. In `WRITE_VAR` requests.
    pub write: u16,
    /// TIME nest: see [`super::time_member`]. In `READ_VARS` and `READ_ALL` replies.
    pub time: Option<u16>,
    /// Whether a `READ_VARS` reply repeats the 4-tuple of the connection.
    pub tuple_in_values: bool,
    /// Attributes of the INIT reply.
    pub mib: Option<MibAttrs>,
    /// Attributes around the TIMESTAMP command.
    pub timestamp: Option<TimestampAttrs>,
    /// Whether the client pages through `LIST_CONNS` and `READ_ALL` by start cid. The others expect everything at once,
    /// and send `LIST_CONNS` without any attribute.
    pub paged: bool,
    /// Whether the group of a connection's owner may read it. The first kernel asked for the user, as for writing.
    pub group_reads: bool,
    /// Highest command number of the client.
    pub cmd_max: u8,
    /// Highest top-level attribute number the client knows. Unknown ones up to it are reported on its standard error,
    /// higher ones are ignored.
    pub attr_max: u16,
}

/// Attribute number of the first table's values (PERF); the other tables follow in order.
pub const FIRST_TABLE: u16 = 1;

/// Attributes of the INIT reply.
#[derive(Debug)]
pub struct MibAttrs {
    /// Number of tables: u32.
    pub num_tables: u16,
    /// Number of variables: u32, at least as many as VAR entries follow (one client sizes its memory by it).
    pub num_vars: u16,
    /// Nest of the first table (PERF); the other five follow in order. Each holds one VAR nest per variable.
    pub first_vars: u16,
    /// VAR nest: see [`super::var_member`].
    pub var: u16,
}

/// Attributes around the TIMESTAMP command.
///
/// Library and kernel module never agreed on them. A server accepts the delta under either number, answers with the
/// token under both, and takes an 8-byte attribute of either token number as filter in `LIST_CONNS` and `READ_ALL`.
#[derive(Debug)]
pub struct TimestampAttrs {
    /// Age of the wanted moment as the library sends it: u32, milliseconds.
    pub library_delta: u16,
    /// Token as the library reads it in the reply and sends it as filter: u64, opaque.
    pub library_token: u16,
    /// The module's number for the delta.
    pub module_delta: u16,
    /// The module's number for the token. As an 8-byte attribute it cannot be confused with the library's delta.
    pub module_token: u16,
    /// The library's receive buffer length, declared but never sent.
    pub library_rcv_buf_len: u16,
    /// The module's padding attribute ahead of 64-bit values, from Linux 4.7 on. A server sends none.
    pub module_pad: u16,
}

/// `libtcpe` of 2012: 17-byte addresses, no time, and no 4-tuple in the values.
pub const W1: Generation = Generation {
    name: "W1",
    tables: 5,
    mask: 11,
    tuple: 12,
    tuple_form: TUPLE_17,
    write: 13,
    time: None,
    tuple_in_values: false,
    mib: None,
    timestamp: None,
    paged: false,
    group_reads: false,
    cmd_max: super::cmd::WRITE_VAR,
    attr_max: 13,
};

/// `libestats` of the first half of 2013 (2.0.6, 2.0.7): as W1, with time and 4-tuple in the values, which the group may read.
pub const W1T: Generation = Generation {
    name: "W1t",
    time: Some(14),
    tuple_in_values: true,
    group_reads: true,
    attr_max: 14,
    ..W1
};

/// `libestats` from July 2013 on: EXTRAS table, 16-byte addresses, address type; everything behind the tables moved.
pub const W2: Generation = Generation {
    name: "W2",
    tables: 6,
    mask: 13,
    tuple: 14,
    tuple_form: TUPLE_16,
    write: 15,
    time: Some(16),
    attr_max: 16,
    ..W1T
};

/// `libestats` of spring 2014: INIT.
pub const W3: Generation = Generation {
    name: "W3",
    mib: Some(MibAttrs {
        num_tables: 17,
        num_vars: 18,
        first_vars: 19,
        var: 25,
    }),
    cmd_max: super::cmd::INIT,
    attr_max: 25,
    ..W2
};

/// `libestats` from September 2014 to the end, all tagged releases: paging, `READ_ALL`, TIMESTAMP.
pub const W3P: Generation = Generation {
    name: "W3p",
    timestamp: Some(TimestampAttrs {
        library_delta: 27,
        library_token: 28,
        module_delta: 26,
        module_token: 27,
        library_rcv_buf_len: 26,
        module_pad: 28,
    }),
    paged: true,
    cmd_max: super::cmd::TIMESTAMP,
    attr_max: 28,
    ..W3
};

/// All generations, oldest first.
pub static GENERATIONS: [&Generation; 5] = [&W1, &W1T, &W2, &W3, &W3P];
