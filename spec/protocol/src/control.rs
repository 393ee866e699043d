//! Finding the family: the GETFAMILY exchange with the generic netlink controller, whose part the daemon plays.

use estats_spec::wire::{
    CTRL_CMD_GETFAMILY, CTRL_VERSION, FAMILY_HDRSIZE, FAMILY_ID, FAMILY_MAXATTR, FAMILY_NAME, FAMILY_VERSION,
    GENL_ID_CTRL, MULTICAST_GROUP, cmd, ctrl_attr,
};
use netlink_packet_core::{DecodeError, NLM_F_ACK, NLM_F_REQUEST, NetlinkHeader, NlasIterator, parse_u16};
use netlink_packet_generic::{
    GenlHeader, GenlMessage,
    ctrl::{
        GenlCtrl, GenlCtrlCmd,
        nlas::{GenlCtrlAttrs, McastGrpAttrs, OpAttrs},
    },
};

use crate::{
    datagram::{RawMessage, encode, serialize},
    nest,
};

/// What the kernel says of a command that has a handler (`GENL_CMD_CAP_DO`) and an attribute policy (`GENL_CMD_CAP_HASPOL`).
const DO_WITH_POLICY: u32 = 0x02 | 0x08;

/// Asks for the family by its name.
#[must_use]
pub fn family_request(sequence: u32) -> Vec<u8> {
    let payload = GenlCtrl {
        cmd: GenlCtrlCmd::GetFamily,
        nlas: vec![GenlCtrlAttrs::FamilyName(FAMILY_NAME.to_owned())],
    };
    let header = GenlHeader {
        cmd: CTRL_CMD_GETFAMILY,
        version: 0,
    };
    encode(
        NLM_F_REQUEST | NLM_F_ACK,
        sequence,
        GenlMessage::new(header, payload, GENL_ID_CTRL).into(),
    )
}

/// Describes the family in answer to `request` from the netlink port `port`, or 0 where that is not known.
///
/// `group` is the number of the multicast group where there is one to join. Over a Unix socket it is 0, which the kernel refuses to
/// join: what a preloaded library leads here would try it on a socket of the kernel, where that number is somebody else's.
///
/// Legacy clients read the id in this reply when the acknowledgement has already overwritten its first 36 bytes. So the name
/// stands in front of the id, and nothing comes after the attributes that a client of that age knows.
#[must_use]
pub fn family_reply(request: &RawMessage<'_>, port: u32, group: u32) -> Vec<u8> {
    let commands = cmd::LIST_CONNS..=cmd::TIMESTAMP;
    let payload = GenlCtrl {
        cmd: GenlCtrlCmd::NewFamily,
        nlas: vec![
            GenlCtrlAttrs::FamilyName(FAMILY_NAME.to_owned()),
            GenlCtrlAttrs::FamilyId(FAMILY_ID),
            GenlCtrlAttrs::Version(FAMILY_VERSION.into()),
            GenlCtrlAttrs::HdrSize(FAMILY_HDRSIZE),
            GenlCtrlAttrs::MaxAttr(FAMILY_MAXATTR),
            GenlCtrlAttrs::Ops(
                commands
                    .map(|command| vec![OpAttrs::Id(command.into()), OpAttrs::Flags(DO_WITH_POLICY)])
                    .collect(),
            ),
            GenlCtrlAttrs::McastGroups(vec![vec![
                McastGrpAttrs::Id(group),
                McastGrpAttrs::Name(MULTICAST_GROUP.to_owned()),
            ]]),
        ],
    };
    let header = GenlHeader {
        cmd: payload.cmd.into(),
        version: CTRL_VERSION,
    };
    let mut outer = NetlinkHeader::default();
    outer.sequence_number = request.header.sequence_number;
    outer.port_number = port;
    serialize(outer, GenlMessage::new(header, payload, GENL_ID_CTRL).into())
}

/// The attributes of a controller message by which a family is found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Family {
    /// Its name.
    pub name: Option<String>,
    /// Its id, which is the message type of its messages.
    pub id: Option<u16>,
}

impl Family {
    /// Picks name and id out of a request to the controller, or out of its reply.
    ///
    /// Not with the parser of `netlink-packet-generic`: it gives up at attributes it does not know, and runs out of bounds at
    /// an empty policy attribute.
    ///
    /// # Errors
    ///
    /// An attribute is malformed.
    pub fn parse(message: &RawMessage<'_>) -> Result<Self, DecodeError> {
        let mut family = Self::default();
        for attribute in NlasIterator::new(message.attributes()) {
            let attribute = attribute?;
            match attribute.kind() {
                ctrl_attr::FAMILY_NAME => family.name = Some(nest::text(attribute.value())?),
                ctrl_attr::FAMILY_ID => family.id = Some(parse_u16(attribute.value())?),
                _ => {}
            }
        }
        Ok(family)
    }
}
