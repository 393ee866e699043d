//! Octets, written out.

/// The octets of hexadecimal digits; spaces are for the eye.
///
/// # Panics
///
/// When there is anything else, or half an octet.
#[must_use]
pub fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| u8::try_from(char::from(byte).to_digit(16).expect("hexadecimal digits")).expect("four bits"))
        .collect();
    assert!(digits.len().is_multiple_of(2), "half an octet: {text}");
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// An attribute, padded.
///
/// # Panics
///
/// When it is longer than an attribute can be.
#[must_use]
pub fn attribute(kind: u16, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + payload.len()).expect("a short attribute");
    let mut octets = [length.to_le_bytes(), kind.to_le_bytes()].concat();
    octets.extend_from_slice(payload);
    octets.resize(octets.len().next_multiple_of(4), 0);
    octets
}

/// A nest: the bit that says so is set, as kernel and library did.
#[must_use]
pub fn nest(kind: u16, members: &[Vec<u8>]) -> Vec<u8> {
    attribute(kind | 0x8000, &members.concat())
}

/// A message of the family, whose type is 1024: flags, sequence number 0, port 0, command, version.
///
/// # Panics
///
/// When it is longer than a message can be.
#[must_use]
pub fn message(flags: u16, command: u8, version: u8, attributes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(20 + attributes.len()).expect("a short message");
    let mut octets = length.to_le_bytes().to_vec();
    octets.extend_from_slice(&1024_u16.to_le_bytes());
    octets.extend_from_slice(&flags.to_le_bytes());
    octets.extend_from_slice(&[0; 8]);
    octets.extend_from_slice(&[command, version, 0, 0]);
    octets.extend_from_slice(attributes);
    octets
}
