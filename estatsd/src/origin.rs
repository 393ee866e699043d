//! Where a connection comes from, as its event says.

use estats_protocol::Origin;
use estatsd_ebpf::{Event, Record, snapshot::NO_OWNER};

/// The origin of the connection that an event describes. What the kernel did not know is absent.
#[must_use]
pub fn of(event: &Event) -> Origin {
    let known = |id: u32| (id != NO_OWNER).then_some(id);
    let end = event.comm.iter().position(|&octet| octet == 0);
    let comm = String::from_utf8_lossy(&event.comm[..end.unwrap_or(event.comm.len())]);
    Origin {
        cookie: event.cookie,
        netns: event.netns,
        cgroup: (event.cgroup != 0).then_some(event.cgroup),
        uid: known(event.uid),
        gid: known(event.gid),
        pid: (event.pid != 0).then_some(event.pid),
        comm: (!comm.is_empty()).then(|| comm.into_owned()),
        adopted: event.flags & u32::from(Record::ADOPTED) != 0,
        closed: false,
    }
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
