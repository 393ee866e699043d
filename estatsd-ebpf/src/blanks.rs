//! Blanks in the compiled programs, where they need to know something about the running kernel's structures.
//!
//! The compiler cannot know it, so that it leaves a number that stands for the field: as the offset of a load, or as the constant of an
//! instruction that calculates with one. The daemon puts in what it found before it loads the programs, which then are as if they had been
//! compiled for this kernel: a field costs its load and nothing else.

use crate::{Field, Layout};

/// The offset of a load that is still to be filled in, of the first field. No structure is as large.
const LOAD: usize = 0x4000;
/// The same for constants, of the first fact about the first field. No program calculates with such a number.
const CONSTANT: usize = 0x7e57_0000;
/// Facts of one kind.
const KIND: usize = 0x2000;

const _: () = assert!(size_of::<Layout>() < KIND);

/// What a blank constant stands for.
#[repr(usize)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// [`Field::offset`].
    Offset,
    /// [`Field::shift`].
    Shift,
    /// As many bits as [`Field::bits`] says.
    Mask,
    /// [`Field::present`].
    Present,
}

const FACTS: [Fact; 4] = [Fact::Offset, Fact::Shift, Fact::Mask, Fact::Present];

/// The offset that stands for that of the field at this place in [`Layout`].
#[must_use]
pub const fn load(place: usize) -> usize {
    LOAD + place
}

/// The constant that stands for a fact about the field at this place in [`Layout`].
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "the largest is the last of the fourth kind, below 2^31"
)]
pub const fn constant(fact: Fact, place: usize) -> i32 {
    (CONSTANT + fact as usize * KIND + place) as i32
}

/// Why the programs cannot be made to fit a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// A blank stands for no field: the programs were compiled with another list of fields.
    Unknown,
    /// A field lies further from the beginning of its structure than a load reaches.
    OutOfReach(u32),
}

/// Fills in all blanks of a program. What a kernel lacks is filled in with zeros: no program gets there that asks first whether the field
/// is present.
///
/// # Errors
///
/// A blank cannot be filled in.
pub fn fill(program: &mut [u8], layout: &Layout) -> Result<(), Unfit> {
    let (instructions, _) = program.as_chunks_mut::<8>();
    let mut instructions = instructions.iter_mut();
    while let Some(instruction) = instructions.next() {
        let [code, _, offset @ .., a, b, c, d] = instruction;
        match *code {
            // A constant of 64 bits takes two places, of which the second is no instruction.
            WIDE => {
                instructions.next();
            }
            code if code & (CLASS | MODE) == LDX | MEM => {
                let blank = usize::from(u16::from_le_bytes(*offset));
                if let Some(place) = blank.checked_sub(LOAD).filter(|_| blank < 2 * LOAD) {
                    let field = layout.at(place).ok_or(Unfit::Unknown)?;
                    let reach = i16::try_from(field.offset).map_err(|_| Unfit::OutOfReach(field.offset))?;
                    *offset = reach.to_le_bytes();
                }
            }
            code if matches!(code & CLASS, ALU | ALU64) && code & SOURCE == CONSTANT_SOURCE => {
                let blank = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
                if let Some(place) = blank.checked_sub(CONSTANT)
                    && let Some(fact) = FACTS.get(place / KIND)
                {
                    let field = layout.at(place % KIND).ok_or(Unfit::Unknown)?;
                    [*a, *b, *c, *d] = value(*fact, field).to_le_bytes();
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn value(fact: Fact, field: Field) -> u32 {
    match fact {
        Fact::Offset => field.offset,
        Fact::Shift => u32::from(field.shift),
        Fact::Mask => (1 << field.bits) - 1,
        Fact::Present => u32::from(field.present),
    }
}

// Parts of an instruction's code (RFC 9669, section 3).
const CLASS: u8 = 0x07;
const LDX: u8 = 0x01;
const ALU: u8 = 0x04;
const ALU64: u8 = 0x07;
const MODE: u8 = 0xe0;
const MEM: u8 = 0x60;
const SOURCE: u8 = 0x08;
const CONSTANT_SOURCE: u8 = 0x00;
/// The whole code of a load of a 64-bit constant.
const WIDE: u8 = 0x18;

#[cfg(test)]
mod tests {
    use core::mem::offset_of;

    use super::*;

    /// Loads of 8, 4, 2 and 1 octets.
    const LOADS: [u8; 4] = [0x79, 0x61, 0x69, 0x71];
    const MOV: u8 = 0xb7;

    fn layout() -> Layout {
        Layout {
            snd_una: Field {
                offset: 1234,
                size: 4,
                present: 1,
                ..Field::default()
            },
            icsk_ca_state: Field {
                offset: 77,
                size: 1,
                shift: 2,
                bits: 5,
                present: 1,
            },
            ..Layout::UNRESOLVED
        }
    }

    fn instruction(code: u8, offset: usize, constant: i32) -> [u8; 8] {
        let offset = u16::try_from(offset).unwrap().to_le_bytes();
        let [a, b, c, d] = constant.to_le_bytes();
        [code, 0x21, offset[0], offset[1], a, b, c, d]
    }

    fn filled(mut program: [u8; 8]) -> [u8; 8] {
        fill(&mut program, &layout()).unwrap();
        program
    }

    #[test]
    fn a_load_gets_the_offset_of_its_field() {
        for code in LOADS {
            let blank = instruction(code, load(offset_of!(Layout, snd_una)), 0);
            assert_eq!(filled(blank), instruction(code, 1234, 0));
        }
    }

    #[test]
    fn a_constant_gets_what_it_stands_for() {
        for (fact, value) in [
            (Fact::Offset, 77),
            (Fact::Shift, 2),
            (Fact::Mask, 31),
            (Fact::Present, 1),
        ] {
            let blank = instruction(MOV, 0, constant(fact, offset_of!(Layout, icsk_ca_state)));
            assert_eq!(filled(blank), instruction(MOV, 0, value), "{fact:?}");
        }
    }

    #[test]
    fn what_the_kernel_lacks_is_zero() {
        let place = offset_of!(Layout, is_mptcp);
        assert_eq!(filled(instruction(0x71, load(place), 0)), instruction(0x71, 0, 0));
        for fact in FACTS {
            assert_eq!(
                filled(instruction(MOV, 0, constant(fact, place))),
                instruction(MOV, 0, 0)
            );
        }
    }

    #[test]
    fn all_else_stays_as_it_is() {
        let blank = load(offset_of!(Layout, snd_una));
        let number = constant(Fact::Offset, offset_of!(Layout, snd_una));
        for other in [
            // A load like those of a record or of the context; a store; an addition of a register; a jump.
            instruction(0x61, 436, 0),
            instruction(0x79, 0xfff8, 0),
            instruction(0x63, blank, 0),
            instruction(0x0f, 0, number),
            instruction(0x15, blank, number),
        ] {
            assert_eq!(filled(other), other);
        }
        // A constant of 64 bits whose upper half looks like a load.
        let mut wide = [0; 16];
        wide[..8].copy_from_slice(&instruction(0x18, 0, number));
        wide[8..].copy_from_slice(&instruction(0x61, blank, number));
        let mut same = wide;
        fill(&mut same, &layout()).unwrap();
        assert_eq!(same, wide);
    }

    #[test]
    fn what_cannot_be_filled_in_is_refused() {
        let far = Layout {
            snd_una: Field {
                offset: 40_000,
                ..layout().snd_una
            },
            ..layout()
        };
        let mut blank = instruction(0x61, load(offset_of!(Layout, snd_una)), 0);
        assert_eq!(fill(&mut blank, &far), Err(Unfit::OutOfReach(40_000)));
        for place in [size_of::<Layout>(), 3] {
            let mut blank = instruction(0x61, load(place), 0);
            assert_eq!(fill(&mut blank, &far), Err(Unfit::Unknown));
        }
    }
}
