//! Datagrams: one or more messages behind each other.

use estats_spec::wire::{FAMILY_VERSION, HEADER_LEN};
use netlink_packet_core::{
    DecodeError, Emitable as _, NLM_F_ACK, NLM_F_REQUEST, NLMSG_ALIGNTO, NetlinkBuffer, NetlinkHeader, NetlinkMessage,
    NetlinkPayload, NetlinkSerializable, Parseable, ParseableParametrized,
};
use netlink_packet_generic::GenlHeader;

use crate::message::EstatsMessage;

/// Length of the netlink header alone, in bytes.
pub const NLMSG_HDRLEN: usize = 16;

/// One message of a datagram, its payload not looked at yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawMessage<'a> {
    /// The netlink header.
    pub header: NetlinkHeader,
    /// The whole message, header included, padding excluded; at least [`NLMSG_HDRLEN`] long.
    pub bytes: &'a [u8],
}

impl<'a> RawMessage<'a> {
    /// What follows the netlink header.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        &self.bytes[NLMSG_HDRLEN..]
    }

    /// The generic netlink header.
    ///
    /// # Errors
    ///
    /// The message ends before it does.
    pub fn genl_header(&self) -> Result<GenlHeader, DecodeError> {
        GenlHeader::parse(self.payload())
    }

    /// What follows the generic netlink header; empty if that is missing.
    #[must_use]
    pub fn attributes(&self) -> &'a [u8] {
        self.bytes.get(HEADER_LEN..).unwrap_or_default()
    }

    /// Decodes a message of the family.
    ///
    /// # Errors
    ///
    /// The generic netlink header is missing or an attribute is malformed.
    pub fn estats(&self) -> Result<EstatsMessage, DecodeError> {
        EstatsMessage::parse_with_param(self.attributes(), self.genl_header()?)
    }
}

/// The messages of a datagram.
///
/// Like the kernel, stops at the first one that is shorter than a header or longer than what is left.
#[derive(Debug, Clone)]
pub struct Messages<'a> {
    rest: &'a [u8],
}

impl<'a> Messages<'a> {
    /// Walks through `datagram`.
    #[must_use]
    pub fn new(datagram: &'a [u8]) -> Self {
        Self { rest: datagram }
    }

    /// What has not been walked through; after the end of the walk, what is no message.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The header of what is left after the end of the walk, if there is one; its length cannot be right.
    ///
    /// The kernel says nothing to it, which leaves the sender waiting; a refusal can be addressed by it.
    #[must_use]
    pub fn cut_short(&self) -> Option<RawMessage<'a>> {
        let bytes = self.rest.get(..NLMSG_HDRLEN)?;
        let header = NetlinkHeader::parse(&NetlinkBuffer::new(bytes)).ok()?;
        Some(RawMessage { header, bytes })
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = RawMessage<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let buffer = NetlinkBuffer::new_checked(self.rest).ok()?;
        let header = NetlinkHeader::parse(&buffer).ok()?;
        let length = usize::try_from(header.length).ok()?;
        let (bytes, padded) = (
            self.rest.get(..length)?,
            length.next_multiple_of(usize::from(NLMSG_ALIGNTO)),
        );
        self.rest = self.rest.get(padded..).unwrap_or_default();
        Some(RawMessage { header, bytes })
    }
}

/// A request of the family, which wants to be acknowledged.
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "a message is made to be sent")]
pub fn request(family: u16, sequence: u32, message: EstatsMessage) -> Vec<u8> {
    let mut header = NetlinkHeader::default();
    header.message_type = family;
    header.flags = NLM_F_REQUEST | NLM_F_ACK;
    header.sequence_number = sequence;
    // Clients always left version and port 0.
    whole(header, 0, &message)
}

/// The data of a reply of the family.
///
/// Sequence number and port are 0, which clients accept from everybody: over a Unix socket the server cannot know which port
/// the client believes it has.
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "a message is made to be sent")]
pub fn reply(family: u16, message: EstatsMessage) -> Vec<u8> {
    let mut header = NetlinkHeader::default();
    header.message_type = family;
    whole(header, FAMILY_VERSION, &message)
}

/// A message of the family, with its length in the header.
fn whole(mut header: NetlinkHeader, version: u8, message: &EstatsMessage) -> Vec<u8> {
    let mut bytes = vec![0; HEADER_LEN];
    for attribute in &message.attributes {
        attribute.append(&mut bytes);
    }
    header.length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let genl = GenlHeader {
        cmd: message.command,
        version,
    };
    header.emit(&mut bytes[..NLMSG_HDRLEN]);
    genl.emit(&mut bytes[NLMSG_HDRLEN..HEADER_LEN]);
    bytes
}

/// Sets the length in the header of a message that has grown to what it has.
pub(crate) fn note_length(message: &mut [u8]) {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    message[..4].copy_from_slice(&length.to_ne_bytes());
}

pub(crate) fn encode<I: NetlinkSerializable>(flags: u16, sequence: u32, payload: NetlinkPayload<I>) -> Vec<u8> {
    let mut header = NetlinkHeader::default();
    header.flags = flags;
    header.sequence_number = sequence;
    serialize(header, payload)
}

pub(crate) fn serialize<I: NetlinkSerializable>(header: NetlinkHeader, payload: NetlinkPayload<I>) -> Vec<u8> {
    let mut message = NetlinkMessage::new(header, payload);
    message.finalize();
    let mut bytes = vec![0; message.buffer_len()];
    message.serialize(&mut bytes);
    bytes
}

const _: () = assert!(NLMSG_HDRLEN + netlink_packet_generic::constants::GENL_HDRLEN == HEADER_LEN);

#[cfg(test)]
mod tests {
    use netlink_packet_generic::GenlMessage;

    use super::*;
    use crate::{extension::Origin, masks::Masks, table::TableAttr, time::Time, tuple::Tuple, value::Value};

    /// As the library makes it, which asks each attribute for its length.
    fn by_library(message: EstatsMessage) -> Vec<u8> {
        let header = GenlHeader {
            cmd: message.command,
            version: FAMILY_VERSION,
        };
        encode(0, 0, GenlMessage::new(header, message, 16).into())
    }

    #[test]
    fn a_message_is_what_the_library_makes_of_it() {
        let end = |last, port| ([127, 0, 0, last].into(), port);
        let tuple = Tuple::new(7, end(1, 80), end(2, 4711));
        let origin = Origin {
            comm: Some("odd".to_owned()),
            ..Origin::default()
        };
        let time = Time::from(std::time::UNIX_EPOCH);
        let values = [Value::U8(1), Value::U16(2), Value::S32(-3), Value::U64(4)];
        let tables = std::array::from_fn(|table| {
            let values = (0..).zip(values).take(table);
            values.map(|(index, value)| TableAttr::Value { index, value }).collect()
        });
        let messages = [
            EstatsMessage::init(),
            EstatsMessage::read_vars(7, &Masks::ALL),
            EstatsMessage::write_var(7, "LimCwnd", 1),
            EstatsMessage::mib(&estats_spec::sets::V124B),
            EstatsMessage::moment(9),
            EstatsMessage::detailed(&tuple, &origin),
            EstatsMessage::values(1, time, &tuple, tables),
        ];
        for message in messages {
            assert_eq!(reply(16, message.clone()), by_library(message));
        }
    }
}
