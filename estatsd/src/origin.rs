//! Where a connection comes from, as its event says.

use estats_protocol::Origin;
use estatsd_ebpf::{Event, Record, snapshot::NO_OWNER};

/// What the connections of a process have in common: each is kept once for all of them. What the kernel did not know is as it says
/// so.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// Inode of the network namespace.
    pub netns: u32,
    /// They are older than the daemon.
    pub adopted: bool,
    uid: u32,
    gid: u32,
    pid: u32,
    cgroup: u64,
    comm: [u8; 16],
}

impl Place {
    /// Where the connection comes from that an event describes.
    #[must_use]
    pub fn of(event: &Event) -> Place {
        Place {
            netns: event.netns,
            adopted: event.flags & u32::from(Record::ADOPTED) != 0,
            uid: event.uid,
            gid: event.gid,
            pid: event.pid,
            cgroup: event.cgroup,
            comm: event.comm,
        }
    }

    /// The origin of an open connection from here. What the kernel did not know is absent.
    #[must_use]
    pub fn origin(&self, cookie: u64) -> Origin {
        let known = |id: u32| (id != NO_OWNER).then_some(id);
        let end = self.comm.iter().position(|&octet| octet == 0);
        let comm = String::from_utf8_lossy(&self.comm[..end.unwrap_or(self.comm.len())]);
        Origin {
            cookie,
            netns: self.netns,
            cgroup: (self.cgroup != 0).then_some(self.cgroup),
            uid: known(self.uid),
            gid: known(self.gid),
            pid: (self.pid != 0).then_some(self.pid),
            comm: (!comm.is_empty()).then(|| comm.into_owned()),
            adopted: self.adopted,
            closed: false,
        }
    }
}

/// The origin of the socket that an event describes.
#[must_use]
pub fn of(event: &Event) -> Origin {
    Place::of(event).origin(event.cookie)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_did_not_know_is_absent() {
        let origin = of(&Event {
            cookie: 7,
            netns: 8,
            uid: NO_OWNER,
            gid: NO_OWNER,
            ..Event::default()
        });
        let expected = Origin {
            cookie: 7,
            netns: 8,
            ..Origin::default()
        };
        assert_eq!(origin, expected);
    }

    #[test]
    fn a_name_ends_at_its_zero_or_fills_its_room() {
        let named = |comm: &[u8; 16]| {
            of(&Event {
                comm: *comm,
                ..Event::default()
            })
            .comm
        };
        assert_eq!(named(b"sshd\0of old\0\0\0\0\0").as_deref(), Some("sshd"));
        assert_eq!(named(b"sixteen letters!").as_deref(), Some("sixteen letters!"));
        assert_eq!(
            named(b"\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0").as_deref(),
            Some("\u{fffd}")
        );
    }
}
