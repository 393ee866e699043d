//! Attributes inside an attribute.

use netlink_packet_core::{
    DecodeError, DefaultNla, Emitable, NLA_ALIGNTO, NLA_F_NESTED, NLA_F_NET_BYTEORDER, Nla, NlaBuffer, NlasIterator,
    Parseable,
};

use crate::value::Value;

/// Decodes the attributes of a nest, or of a message behind its headers.
///
/// # Errors
///
/// An attribute whose length points outside the nest or is smaller than its own header, and whatever `A` refuses.
pub(crate) fn parse<A>(bytes: &[u8]) -> Result<Vec<A>, DecodeError>
where
    A: for<'a> Parseable<NlaBuffer<&'a [u8]>>,
{
    NlasIterator::new(bytes)
        .map(|attribute| attribute.and_then(|attribute| A::parse(&attribute)))
        .collect()
}

/// An attribute that means nothing here, as it came.
///
/// Of its two flags, which exclude each other, at most one: `netlink-packet-core` cannot write both.
pub(crate) fn other<T: AsRef<[u8]> + ?Sized>(attribute: &NlaBuffer<&T>) -> DefaultNla {
    let flag = if attribute.nested_flag() {
        NLA_F_NESTED
    } else if attribute.network_byte_order_flag() {
        NLA_F_NET_BYTEORDER
    } else {
        0
    };
    DefaultNla::new(attribute.kind() | flag, attribute.value().to_vec())
}

/// The text in an attribute; as in C it ends at the first NUL, or else with the attribute.
pub(crate) fn text(bytes: &[u8]) -> Result<String, DecodeError> {
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    Ok(String::from_utf8(text.to_vec())?)
}

/// Writes a text and the NUL behind it into `buffer`, which is exactly so long.
pub(crate) fn emit_text(text: &str, buffer: &mut [u8]) {
    let (bytes, nul) = buffer.split_at_mut(text.len());
    bytes.copy_from_slice(text.as_bytes());
    nul.fill(0);
}

/// Length of the attributes of a nest, in bytes.
pub(crate) fn len<A: Nla>(attributes: &[A]) -> usize {
    attributes.buffer_len()
}

/// Writes the attributes of a nest.
pub(crate) fn emit<A: Nla>(attributes: &[A], buffer: &mut [u8]) {
    attributes.emit(buffer);
}

/// Appends attributes. Unlike [`emit`], which asks each for its length over and over, and with it all that are in it, this goes through
/// them once.
pub(crate) fn append<A: Nla>(attributes: &[A], out: &mut Vec<u8>) {
    for attribute in attributes {
        append_with(attribute.kind(), out, |out| append_value(attribute, out));
    }
}

/// Appends an attribute whose value `value` appends.
pub(crate) fn append_with(kind: u16, out: &mut Vec<u8>, value: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend([0; 2]);
    out.extend(kind.to_ne_bytes());
    value(out);
    #[expect(clippy::cast_possible_truncation, reason = "attributes are shorter than 64 KiB")]
    let length = (out.len() - start) as u16;
    out[start..start + 2].copy_from_slice(&length.to_ne_bytes());
    out.resize(start + (out.len() - start).next_multiple_of(NLA_ALIGNTO), 0);
}

/// Octets before the value of an attribute: its length and its kind, 16 bits each.
pub(crate) const HEADER: usize = 4;
/// Octets of the longest attribute that is a number.
pub(crate) const NUMBER: usize = HEADER + size_of::<u64>();

/// Appends an attribute that is a number.
pub(crate) fn append_number(kind: u16, value: Value, out: &mut Vec<u8>) {
    let size = value.size();
    let mut whole = [0; NUMBER];
    #[expect(clippy::cast_possible_truncation, reason = "a header and at most 8 octets")]
    whole[..2].copy_from_slice(&((HEADER + size) as u16).to_ne_bytes());
    whole[2..HEADER].copy_from_slice(&kind.to_ne_bytes());
    value.emit(&mut whole[HEADER..HEADER + size]);
    out.extend_from_slice(&whole[..(HEADER + size).next_multiple_of(NLA_ALIGNTO)]);
}

/// Appends the value of an attribute that knows its length.
pub(crate) fn append_value<A: Nla>(attribute: &A, out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + attribute.value_len(), 0);
    attribute.emit_value(&mut out[start..]);
}
