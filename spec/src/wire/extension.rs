//! What the daemon serves beyond the old protocol: commands and attributes from 64 on, in the same family.
//!
//! No legacy client knows any of it or ever sees any of it: the answers to the old commands and to GETFAMILY stay as they are,
//! and [`super::FAMILY_MAXATTR`] is what old clients were told. A client finds out whether a daemon has the extension by asking:
//! one without it answers `EOPNOTSUPP`.
//!
//! In every nest a member that is absent is not known or not measured; nothing is sent as zero in its place. Members that
//! a reader does not know are to be skipped.

/// Makes a module of numbers, and a list of them with their names so that documents can be checked against it.
macro_rules! numbers {
    ($(#[doc = $outer:literal])+ $module:ident: $type:ident { $($(#[doc = $line:literal])+ $name:ident = $number:literal;)+ }) => {
        $(#[doc = $outer])+
        pub mod $module {
            $($(#[doc = $line])+ pub const $name: $type = $number;)+

            /// All of them: name and number.
            pub const ALL: &[(&str, $type)] = &[$((stringify!($name), $name)),+];
        }
    };
}

numbers! {
    /// Commands: the `cmd` byte of `genlmsghdr`.
    cmd: u8 {
        /// List connections with their origin. Request: 4TUPLE nest with the id to begin at, BUFFER if the client takes long
        /// datagrams. Answer, one page: per connection 4TUPLE and ORIGIN.
        LIST_DETAILS = 64;
        /// Read everything that is measured of one connection. Request: 4TUPLE nest with its id. Answer: TIME, 4TUPLE,
        /// ORIGIN, ROW.
        READ_ROW = 65;
        /// Read everything of many connections. Request: 4TUPLE nest with the id to begin at, BUFFER if the client takes
        /// long datagrams. Answer, one page: like `READ_ROW` for each connection that the caller may read.
        READ_ROWS = 66;
        /// List listening sockets. Request: LISTENER nest with the id to begin at, BUFFER if the client takes long
        /// datagrams. Answer, one page: per socket TIME, LISTENER, ORIGIN, ROW.
        LIST_LISTENERS = 67;
        /// Read the scalars. No attributes in the request. Answer: SCALARS.
        READ_SCALARS = 68;
        /// Set one scalar. Request: SCALARS with one member. No data in the answer.
        WRITE_SCALAR = 69;
        /// Ask for notices, over this connection, from here on. Request: EVENTS; none of them ends it. No data in the
        /// answer. Unix sockets only: over netlink there is the multicast group.
        SUBSCRIBE = 70;
        /// From the daemon on its own: a connection was established. 4TUPLE, ORIGIN, MISSED where something was.
        ESTABLISHED = 71;
        /// From the daemon on its own: a connection was closed. TIME, 4TUPLE, ORIGIN, ROW with the final values, MISSED
        /// where something was.
        CLOSED = 72;
        /// Say what the client is: WIRE and VARIABLES, from here on, and PORT. Over a Unix socket it holds for the connection,
        /// over netlink for what follows in the same datagram. No data in the answer.
        INTRODUCE = 73;
        /// Read everything that is measured of all connections from an id on. Request: 4TUPLE nest with that id, BUFFER if the
        /// client takes long datagrams. Answer, in as many messages as it takes: COLUMNS, ROWS with a row for each connection
        /// that the caller may read.
        READ_SHEETS = 74;
    }
}

numbers! {
    /// Attributes of the messages. 4TUPLE and TIME are those of the old protocol.
    attr: u16 {
        /// Nest of values: attribute [`row_member`](super::row_member) of an instrument, in its wire type. Absent: not measured.
        ROW = 64;
        /// Nest [`origin_member`](super::origin_member): where a socket comes from.
        ORIGIN = 65;
        /// Nest [`listener_member`](super::listener_member): a listening socket. In requests only its id.
        LISTENER = 66;
        /// Nest [`scalar_member`](super::scalar_member): the scalars.
        SCALARS = 67;
        /// u32, bits [`event`](super::event): what a subscriber wants to hear of.
        EVENTS = 68;
        /// u32, octets: the longest datagram that the client takes. Absent, or less: [`DATAGRAM_MAX`](super::super::DATAGRAM_MAX).
        BUFFER = 69;
        /// u64: notices that this subscriber did not get since the last one that it got. Absent: none.
        MISSED = 70;
        /// NUL-terminated string: name of the generation of the protocol that a client speaks, "W1" to "W3p".
        WIRE = 71;
        /// Nest [`variable_member`](super::variable_member): every variable that a client knows, in the order of its flat
        /// table.
        VARIABLES = 72;
        /// u32: netlink port that a client has, which acknowledgements are addressed to.
        PORT = 73;
        /// For each value of a row in ROWS, in their order, a [`column`](super::column).
        COLUMNS = 74;
        /// Rows one behind the other, each as long as COLUMNS makes it: a [`sheet_row`](super::sheet_row), a bit for each column,
        /// and all columns.
        ROWS = 75;
    }
}

numbers! {
    /// Members of the ORIGIN nest.
    origin_member: u16 {
        /// u64: socket cookie, unique on this host until it restarts.
        COOKIE = 1;
        /// u32: inode number of the network namespace.
        NETNS = 2;
        /// u64: id of the cgroup, which is the inode number of its directory. Absent: not known.
        CGROUP = 3;
        /// u32: user that owns the socket. Absent: not known.
        UID = 4;
        /// u32: group that owns the socket. Absent: not known, or not for this caller.
        GID = 5;
        /// u32: process that opened or took the socket, as far as seen. Absent: not known, or not for this caller.
        PID = 6;
        /// NUL-terminated string, at most 15 octets of it from the kernel: name of that process. Absent like PID.
        COMM = 7;
        /// No payload: the socket is older than the daemon, so events count from its adoption on. Absent: it is not.
        ADOPTED = 8;
        /// No payload: the connection is closed and its values are final. Absent: it is not.
        CLOSED = 9;
    }
}

numbers! {
    /// Members of the LISTENER nest.
    listener_member: u16 {
        /// u32: number of the listening socket, from 1 upwards. Always there.
        ID = 1;
        /// 16 octets: address that it is bound to, network order, zero padded; all zeros for every address. Not in
        /// requests.
        ADDRESS = 2;
        /// u16, host byte order: port. Not in requests.
        PORT = 3;
        /// u8: kind of the address, numbered as in the 4-tuple. Not in requests.
        ADDR_TYPE = 4;
    }
}

numbers! {
    /// Members of the SCALARS nest; [`crate::scalars`] says what they mean.
    scalar_member: u16 {
        /// u32, 1 true, 2 false.
        CONTROL_PATH = 1;
        /// u32, 1 true, 2 false.
        CONTROL_STACK = 2;
        /// u32, 1 true, 2 false.
        CONTROL_APP = 3;
        /// u32, 1 true, 2 false.
        CONTROL_TUNE = 4;
        /// u32, 1 true, 2 false.
        CONTROL_NOTIFY = 5;
        /// u32, seconds.
        CONN_TABLE_LATENCY = 6;
        /// u32, hundredths of a second since the daemon started. Not writable.
        LISTENER_TABLE_LAST_CHANGE = 7;
        /// u64. Not writable.
        EVENTS_LOST = 8;
    }
}

numbers! {
    /// Members of the VARIABLES nest: each is the name of a variable, NUL-terminated; the number says how its values are
    /// stored. It is one more than the `ESTATS_VAL_TYPE` of the libraries.
    variable_member: u16 {
        /// 8 octets, unsigned.
        UNSIGNED64 = 1;
        /// 4 octets, unsigned.
        UNSIGNED32 = 2;
        /// 4 octets, signed.
        SIGNED32 = 3;
        /// 2 octets, unsigned.
        UNSIGNED16 = 4;
        /// 1 octet, unsigned.
        UNSIGNED8 = 5;
    }
}

numbers! {
    /// Bits of the EVENTS attribute.
    event: u32 {
        /// Connections that are established.
        ESTABLISHED = 1;
        /// Connections that are closed.
        CLOSED = 2;
    }
}

numbers! {
    /// Where the parts of a column's description in COLUMNS begin, in octets.
    column: u16 {
        /// u16: attribute [`row_member`](super::row_member) of the instrument.
        MEMBER = 0;
        /// u16: octets that its value has in each row, whether it is measured or not.
        WIDTH = 2;
    }
}

/// Octets of a [`column`].
pub const COLUMN_LEN: usize = 4;

numbers! {
    /// Where the parts of a row of a sheet begin, in octets. There are no gaps.
    sheet_row: u16 {
        /// u32: seconds since 1970 at which it was read.
        SEC = 0;
        /// u32: microseconds within the second.
        USEC = 4;
        /// u32: id of the connection.
        CID = 8;
        /// u16: port of this host.
        LOCAL_PORT = 12;
        /// u16: port of the peer.
        REM_PORT = 14;
        /// 16 octets: address of this host, network order, zero padded.
        LOCAL_ADDR = 16;
        /// 16 octets: address of the peer.
        REM_ADDR = 32;
        /// u8: kind of both addresses, numbered as in the 4-tuple.
        ADDR_TYPE = 48;
        /// A bit for each column, 1 where the value is measured: that of column n is bit n % 8, the lowest being 0, of octet n / 8. The
        /// values follow the last octet, each in its width.
        PRESENT = 49;
    }
}

/// The first number that is the extension's, for commands as well as attributes.
pub const FIRST: u8 = 64;

/// The attribute number of an instrument in the ROW nest; never 0, which tools that show netlink messages take for padding.
#[must_use]
pub const fn row_member(id: crate::Id) -> u16 {
    id as u16 + 1
}

/// The instrument of an attribute number in the ROW nest; `None` for those of a newer daemon.
#[must_use]
pub fn row_instrument(member: u16) -> Option<crate::Id> {
    let position = usize::from(member.checked_sub(1)?);
    crate::Id::ALL.get(position).copied()
}

/// What a client may ask for at most by BUFFER, in octets; more counts as this.
pub const BUFFER_MAX: u32 = 65_536;

/// Number of the multicast group [`super::MULTICAST_GROUP`] on netlink protocol `NETLINK_USERSOCK`.
///
/// GETFAMILY tells it to those who ask over netlink. It is fixed because anybody may send to a group: a listener believes
/// only what comes from the port that the daemon published.
pub const MULTICAST_GROUP_ID: u32 = 31;
