//! How a request ends: acknowledged or refused.

use std::num::NonZeroI32;

use estats_spec::wire::{ACK_LEN, DATAGRAM_MAX};
use netlink_packet_core::{
    DecodeError, ErrorBuffer, ErrorMessage, NLM_F_CAPPED, NLMSG_ERROR, NetlinkHeader, NetlinkPayload, Parseable,
};
use netlink_packet_generic::GenlMessage;

use crate::{
    datagram::{NLMSG_HDRLEN, RawMessage, serialize},
    message::EstatsMessage,
};

/// The acknowledgement of `request`, exactly 36 bytes, addressed to the netlink port `port` (0 = whoever reads it).
#[must_use]
pub fn acknowledge(request: &RawMessage<'_>, port: u32) -> Vec<u8> {
    answer(request, port, None, 0, &request.bytes[..NLMSG_HDRLEN])
}

/// The refusal of `request` for the reason `errno` (positive), addressed to the netlink port `port` (0 = whoever reads it).
///
/// It repeats the request, or only its header where a datagram would not hold all of it or not all of it is there; the flag
/// `NLM_F_CAPPED` says so.
#[must_use]
pub fn refuse(request: &RawMessage<'_>, port: u32, errno: i32) -> Vec<u8> {
    let code = NonZeroI32::new(errno.checked_neg().unwrap_or(errno));
    let whole = u32::try_from(request.bytes.len()) == Ok(request.header.length);
    if whole && ACK_LEN - NLMSG_HDRLEN + request.bytes.len() <= DATAGRAM_MAX {
        answer(request, port, code, 0, request.bytes)
    } else {
        answer(request, port, code, NLM_F_CAPPED, &request.bytes[..NLMSG_HDRLEN])
    }
}

fn answer(request: &RawMessage<'_>, port: u32, code: Option<NonZeroI32>, flags: u16, repeated: &[u8]) -> Vec<u8> {
    let mut error = ErrorMessage::default();
    error.code = code;
    error.header = repeated.to_vec();
    let mut header = NetlinkHeader::default();
    header.flags = flags;
    header.sequence_number = request.header.sequence_number;
    header.port_number = port;
    serialize(header, NetlinkPayload::<GenlMessage<EstatsMessage>>::Error(error))
}

/// The error number in `message`, positive, 0 for an acknowledgement; `None` if it is neither acknowledgement nor refusal.
///
/// # Errors
///
/// The message ends before the error number does.
pub fn outcome(message: &RawMessage<'_>) -> Result<Option<i32>, DecodeError> {
    if message.header.message_type != NLMSG_ERROR {
        return Ok(None);
    }
    let error = ErrorMessage::parse(&ErrorBuffer::new_checked(&message.payload())?)?;
    Ok(Some(error.raw_code().saturating_neg()))
}
