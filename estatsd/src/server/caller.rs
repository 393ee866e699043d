//! Who asks, and what that allows.

use estats_protocol::Origin;

use super::connections::Owner;

/// The process that sent a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// User id; the real one over netlink, the effective one over a Unix socket, which knows no other.
    pub uid: u32,
    /// Group id, likewise.
    pub gid: u32,
    /// Whether it may do everything.
    pub admin: bool,
    /// The netlink port that acknowledgements are addressed to; 0 where the client's idea of its port is unknown.
    pub port: u32,
}

impl Caller {
    /// A caller with these ids.
    ///
    /// The kernel module asked for `CAP_SYS_ADMIN`. Capabilities do not travel with credentials, and looking them up by
    /// process id could hit another process meanwhile; so root stands for them.
    #[must_use]
    pub fn new(uid: u32, gid: u32, port: u32) -> Self {
        Self {
            uid,
            gid,
            admin: uid == 0,
            port,
        }
    }

    /// Whether it may read a connection: as administrator, user or group of the owner.
    #[must_use]
    pub fn may_read(&self, owner: Owner) -> bool {
        self.may_write(owner) || self.gid == owner.gid
    }

    /// Whether it may know everything about a socket of this origin: as administrator, user or group of its owner.
    #[must_use]
    pub fn may_know(&self, origin: &Origin) -> bool {
        self.admin || origin.uid == Some(self.uid) || origin.gid == Some(self.gid)
    }

    /// Whether it may change a connection: as administrator or user of the owner.
    #[must_use]
    pub fn may_write(&self, owner: Owner) -> bool {
        self.admin || self.uid == owner.uid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_may_read_but_not_write() {
        let owner = Owner { uid: 10, gid: 20 };
        let rights = |uid, gid| {
            let caller = Caller::new(uid, gid, 0);
            (caller.may_read(owner), caller.may_write(owner))
        };
        assert_eq!(rights(10, 99), (true, true));
        assert_eq!(rights(99, 20), (true, false));
        assert_eq!(rights(99, 99), (false, false));
        assert_eq!(rights(0, 99), (true, true));
        // Group 0 is nothing special.
        assert_eq!(rights(99, 0), (false, false));
    }

    #[test]
    fn what_is_not_known_of_an_origin_is_nobodys() {
        let known = |uid, gid, origin: (Option<u32>, Option<u32>)| {
            let origin = Origin {
                uid: origin.0,
                gid: origin.1,
                ..Origin::default()
            };
            Caller::new(uid, gid, 0).may_know(&origin)
        };
        assert!(known(10, 99, (Some(10), None)));
        assert!(known(99, 20, (None, Some(20))));
        assert!(!known(99, 99, (Some(10), Some(20))));
        assert!(!known(99, 99, (None, None)));
        assert!(known(0, 99, (None, None)));
    }
}
