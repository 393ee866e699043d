//! Where a socket comes from.

use estats_spec::wire::extension::origin_member::{ADOPTED, CGROUP, CLOSED, COMM, COOKIE, GID, NETNS, PID, UID};
use netlink_packet_core::{
    DecodeError, DefaultNla, Nla, NlaBuffer, Parseable, emit_u32, emit_u64, parse_u32, parse_u64,
};

use crate::nest;

/// Where a socket comes from, and how far the daemon has followed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Socket cookie, unique on this host until it restarts.
    pub cookie: u64,
    /// Inode number of its network namespace.
    pub netns: u32,
    /// Id of its cgroup, which is the inode number of the cgroup's directory.
    pub cgroup: Option<u64>,
    /// User that owns it.
    pub uid: Option<u32>,
    /// Group that owns it.
    pub gid: Option<u32>,
    /// Process that opened or took it, as far as seen.
    pub pid: Option<u32>,
    /// Name of that process, at most 15 octets in the kernel.
    pub comm: Option<String>,
    /// It is older than the daemon: its events count from the adoption on.
    pub adopted: bool,
    /// It is closed and its values are final.
    pub closed: bool,
}

impl Origin {
    /// What everybody may know: all but group, process and name, as `ss` shows it to an ordinary user.
    #[must_use]
    pub fn public(&self) -> Self {
        Self {
            gid: None,
            pid: None,
            comm: None,
            ..self.clone()
        }
    }

    /// The members of the ORIGIN nest, of what is known.
    #[must_use]
    pub fn attributes(&self) -> Vec<OriginAttr> {
        let known = [
            Some(OriginAttr::Cookie(self.cookie)),
            Some(OriginAttr::Netns(self.netns)),
            self.cgroup.map(OriginAttr::Cgroup),
            self.uid.map(OriginAttr::Uid),
            self.gid.map(OriginAttr::Gid),
            self.pid.map(OriginAttr::Pid),
            self.comm.clone().map(OriginAttr::Comm),
            self.adopted.then_some(OriginAttr::Adopted),
            self.closed.then_some(OriginAttr::Closed),
        ];
        known.into_iter().flatten().collect()
    }

    /// The origin in an ORIGIN nest; of a member that occurs twice the later one counts.
    ///
    /// # Errors
    ///
    /// Cookie or network namespace is missing.
    pub fn from_attributes(attributes: &[OriginAttr]) -> Result<Self, DecodeError> {
        let mut origin = Self::default();
        let (mut cookie, mut netns) = (None, None);
        for attribute in attributes {
            match attribute {
                OriginAttr::Cookie(value) => cookie = Some(*value),
                OriginAttr::Netns(value) => netns = Some(*value),
                OriginAttr::Cgroup(value) => origin.cgroup = Some(*value),
                OriginAttr::Uid(value) => origin.uid = Some(*value),
                OriginAttr::Gid(value) => origin.gid = Some(*value),
                OriginAttr::Pid(value) => origin.pid = Some(*value),
                OriginAttr::Comm(value) => origin.comm = Some(value.clone()),
                OriginAttr::Adopted => origin.adopted = true,
                OriginAttr::Closed => origin.closed = true,
                OriginAttr::Other(_) => {}
            }
        }
        let (Some(cookie), Some(netns)) = (cookie, netns) else {
            return Err(DecodeError::from("the origin has no cookie or no network namespace"));
        };
        Ok(Self {
            cookie,
            netns,
            ..origin
        })
    }
}

/// A member of the ORIGIN nest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OriginAttr {
    /// Socket cookie.
    Cookie(u64),
    /// Inode number of the network namespace.
    Netns(u32),
    /// Id of the cgroup.
    Cgroup(u64),
    /// User that owns the socket.
    Uid(u32),
    /// Group that owns the socket.
    Gid(u32),
    /// Process that opened or took the socket.
    Pid(u32),
    /// Name of that process.
    Comm(String),
    /// The socket is older than the daemon.
    Adopted,
    /// The connection is closed.
    Closed,
    /// Anything else, kept as it came.
    Other(DefaultNla),
}

impl Nla for OriginAttr {
    fn value_len(&self) -> usize {
        match self {
            Self::Cookie(_) | Self::Cgroup(_) => 8,
            Self::Netns(_) | Self::Uid(_) | Self::Gid(_) | Self::Pid(_) => 4,
            Self::Comm(name) => name.len() + 1,
            Self::Adopted | Self::Closed => 0,
            Self::Other(other) => other.value_len(),
        }
    }

    fn kind(&self) -> u16 {
        match self {
            Self::Cookie(_) => COOKIE,
            Self::Netns(_) => NETNS,
            Self::Cgroup(_) => CGROUP,
            Self::Uid(_) => UID,
            Self::Gid(_) => GID,
            Self::Pid(_) => PID,
            Self::Comm(_) => COMM,
            Self::Adopted => ADOPTED,
            Self::Closed => CLOSED,
            Self::Other(other) => other.kind(),
        }
    }

    fn emit_value(&self, buffer: &mut [u8]) {
        match self {
            Self::Cookie(value) | Self::Cgroup(value) => {
                emit_u64(buffer, *value).expect("the buffer is value_len long");
            }
            Self::Netns(value) | Self::Uid(value) | Self::Gid(value) | Self::Pid(value) => {
                emit_u32(buffer, *value).expect("the buffer is value_len long");
            }
            Self::Comm(name) => nest::emit_text(name, buffer),
            Self::Adopted | Self::Closed => {}
            Self::Other(other) => other.emit_value(buffer),
        }
    }
}

impl<'a, T: AsRef<[u8]> + ?Sized> Parseable<NlaBuffer<&'a T>> for OriginAttr {
    fn parse(buffer: &NlaBuffer<&'a T>) -> Result<Self, DecodeError> {
        let value = buffer.value();
        Ok(match (buffer.kind(), value.len()) {
            (COOKIE, _) => Self::Cookie(parse_u64(value)?),
            (NETNS, _) => Self::Netns(parse_u32(value)?),
            (CGROUP, _) => Self::Cgroup(parse_u64(value)?),
            (UID, _) => Self::Uid(parse_u32(value)?),
            (GID, _) => Self::Gid(parse_u32(value)?),
            (PID, _) => Self::Pid(parse_u32(value)?),
            (COMM, _) => Self::Comm(nest::text(value)?),
            (ADOPTED, 0) => Self::Adopted,
            (CLOSED, 0) => Self::Closed,
            (ADOPTED | CLOSED, length) => return Err(DecodeError::invalid_number(0, length)),
            _ => Self::Other(nest::other(buffer)),
        })
    }
}
