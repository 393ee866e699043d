//! The part of `nlctrl`, the generic netlink controller, that a client uses to find the family.

/// Message type of requests to the controller and of its replies (`GENL_ID_CTRL`).
pub const GENL_ID_CTRL: u16 = 16;

/// Version in the `genlmsghdr` of the controller's replies.
pub const CTRL_VERSION: u8 = 2;

/// Command of the controller's reply to [`CTRL_CMD_GETFAMILY`].
pub const CTRL_CMD_NEWFAMILY: u8 = 1;

/// Command asking for a family by name; the only request clients send.
pub const CTRL_CMD_GETFAMILY: u8 = 3;

/// Attributes of the controller, in the order in which a reply must carry them.
///
/// The order matters: legacy clients go on reading the reply after their receive buffer was overwritten by the 36-byte
/// acknowledgement. The name comes first and pushes the id out to offset 36, where it survives.
pub mod ctrl_attr {
    /// `CTRL_ATTR_FAMILY_NAME`: NUL-terminated string. First in a reply, and the only attribute of a request.
    pub const FAMILY_NAME: u16 = 2;
    /// `CTRL_ATTR_FAMILY_ID`: u16. Second in a reply.
    pub const FAMILY_ID: u16 = 1;
    /// `CTRL_ATTR_VERSION`: u32.
    pub const VERSION: u16 = 3;
    /// `CTRL_ATTR_HDRSIZE`: u32.
    pub const HDRSIZE: u16 = 4;
    /// `CTRL_ATTR_MAXATTR`: u32.
    pub const MAXATTR: u16 = 5;
    /// `CTRL_ATTR_OPS`: nest of nests numbered from 1, each holding [`OP_ID`] and [`OP_FLAGS`].
    pub const OPS: u16 = 6;
    /// `CTRL_ATTR_MCAST_GROUPS`: nest of nests numbered from 1, each holding [`MCAST_GRP_NAME`] and [`MCAST_GRP_ID`].
    ///
    /// The last number clients of that age know: a higher one ahead of the family id makes them give up.
    pub const MCAST_GROUPS: u16 = 7;

    /// Inside one entry of [`OPS`]: u32, the command number.
    pub const OP_ID: u16 = 1;
    /// Inside one entry of [`OPS`]: u32, flags of the command.
    pub const OP_FLAGS: u16 = 2;
    /// Inside one entry of [`MCAST_GROUPS`]: NUL-terminated string.
    pub const MCAST_GRP_NAME: u16 = 1;
    /// Inside one entry of [`MCAST_GROUPS`]: u32.
    pub const MCAST_GRP_ID: u16 = 2;
}
