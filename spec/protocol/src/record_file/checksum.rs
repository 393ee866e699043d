//! The checksum at the end of a record file.
//!
//! It is the Internet checksum (RFC 1071) over 16-bit big-endian words. The trailer holds it high byte first, wherever it
//! falls: behind an odd number of bytes it straddles two words, so it is stored with its bytes swapped. A complete file
//! sums to 0xffff.

/// A running one's-complement sum.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    folded: u16,
    /// Whether an odd number of bytes came so far.
    odd: bool,
}

impl Sum {
    /// Takes in the next bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            let word = if self.odd {
                u16::from(byte)
            } else {
                u16::from(byte) << 8
            };
            let (sum, carry) = self.folded.overflowing_add(word);
            self.folded = sum + u16::from(carry);
            self.odd = !self.odd;
        }
    }

    /// The two bytes that complete the file.
    #[must_use]
    pub fn trailer(self) -> [u8; 2] {
        let sum = if self.odd {
            self.folded.swap_bytes()
        } else {
            self.folded
        };
        (!sum).to_be_bytes()
    }

    /// Whether the bytes so far are a complete file.
    #[must_use]
    pub fn is_complete(self) -> bool {
        self.folded == 0xffff
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(bytes: &[u8]) -> Sum {
        let mut sum = Sum::default();
        sum.add(bytes);
        sum
    }

    #[test]
    fn the_example_of_rfc_1071() {
        // Section 3: 0001 f203 f4f5 f6f7 sum to ddf2.
        assert_eq!(
            sum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]).trailer(),
            (!0xddf2_u16).to_be_bytes()
        );
    }

    #[test]
    fn a_file_with_its_trailer_is_complete_and_a_changed_one_is_not() {
        for length in [1, 2, 3, 2031, 4057] {
            let mut file: Vec<u8> = (0..length).map(|i: u32| (i * 37 % 251) as u8).collect();
            assert!(!sum(&file).is_complete(), "{length} bytes");
            file.extend(sum(&file).trailer());
            assert!(sum(&file).is_complete(), "{length} bytes");
            file[0] ^= 0x40;
            assert!(!sum(&file).is_complete(), "{length} bytes");
        }
    }

    #[test]
    fn an_empty_file_is_not_complete() {
        assert!(!Sum::default().is_complete());
    }

    #[test]
    fn an_odd_file_has_the_bytes_swapped() {
        // One byte, 0x12: the words are 0x1200 and, behind it, half the trailer each.
        assert_eq!(sum(&[0x12]).trailer(), [0xff, 0xed]);
    }
}
