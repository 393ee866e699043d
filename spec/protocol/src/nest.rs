//! Attributes inside an attribute.

use netlink_packet_core::{DecodeError, Emitable, Nla, NlaBuffer, NlasIterator, Parseable};

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

/// Length of the attributes of a nest, in bytes.
pub(crate) fn len<A: Nla>(attributes: &[A]) -> usize {
    attributes.buffer_len()
}

/// Writes the attributes of a nest.
pub(crate) fn emit<A: Nla>(attributes: &[A], buffer: &mut [u8]) {
    attributes.emit(buffer);
}
