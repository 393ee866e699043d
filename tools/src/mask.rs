//! The argument of `-m`.

use estats_protocol::Masks;
use std::fmt;

/// Tables that can be masked: PERF, PATH, STACK, APP, TUNE. EXTRAS is always read completely.
const MASKABLE: usize = 5;

/// Why an argument of `-m` is none.
#[derive(Debug, PartialEq, Eq)]
pub enum Error {
    /// More fields than tables that can be masked.
    TooManyFields(usize),
    /// A field that is no hexadecimal number of at most 64 bits.
    NotHexadecimal(String),
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyFields(fields) => {
                write!(
                    formatter,
                    "a mask has at most {MASKABLE} fields (PERF,PATH,STACK,APP,TUNE), not {fields}"
                )
            }
            Self::NotHexadecimal(field) => {
                write!(
                    formatter,
                    "the mask '{field}' is no hexadecimal number of at most 64 bits"
                )
            }
        }
    }
}

impl std::error::Error for Error {}

/// The masks in all `arguments`, later ones over earlier ones.
///
/// # Errors
///
/// As of [`add`].
pub fn all(arguments: &[String]) -> Result<Masks, Error> {
    let mut masks = Masks::ALL;
    arguments.iter().try_for_each(|argument| add(argument, &mut masks))?;
    Ok(masks)
}

/// Adds the masks in `argument` to `masks`: up to five hexadecimal numbers, with or without `0x`, separated by commas. An
/// empty field leaves its table as it is. Bits beyond the last variable of a table mean nothing to the daemon.
///
/// # Errors
///
/// Too many fields, or one that is no hexadecimal number. (The classic tool then read everything, which is hardly what such an
/// argument asks for.)
pub fn add(argument: &str, masks: &mut Masks) -> Result<(), Error> {
    let fields: Vec<&str> = argument.split(',').map(str::trim).collect();
    if fields.len() > MASKABLE {
        return Err(Error::TooManyFields(fields.len()));
    }
    for (field, mask) in fields.into_iter().zip(&mut masks.0) {
        if !field.is_empty() {
            *mask = Some(parse(field).ok_or_else(|| Error::NotHexadecimal(field.to_owned()))?);
        }
    }
    Ok(())
}

fn parse(field: &str) -> Option<u64> {
    let digits = field
        .strip_prefix("0x")
        .or_else(|| field.strip_prefix("0X"))
        .unwrap_or(field);
    // The standard library would accept a sign.
    digits
        .starts_with(|first: char| first.is_ascii_hexdigit())
        .then(|| u64::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::{Error, add};
    use estats_protocol::Masks;

    fn masks(arguments: &[&str]) -> Result<[Option<u64>; 6], Error> {
        let mut masks = Masks::ALL;
        for argument in arguments {
            add(argument, &mut masks)?;
        }
        Ok(masks.0)
    }

    #[test]
    fn one_field_for_each_table() {
        assert_eq!(
            masks(&["f,0xE,0XD,0c,2"]),
            Ok([Some(0xf), Some(0xe), Some(0xd), Some(0xc), Some(2), None])
        );
    }

    #[test]
    fn empty_and_missing_fields_leave_the_table_complete() {
        assert_eq!(masks(&["f"]), Ok([Some(0xf), None, None, None, None, None]));
        assert_eq!(masks(&[",,7,,"]), Ok([None, None, Some(7), None, None, None]));
        assert_eq!(masks(&["", ","]), Ok([None; 6]));
    }

    #[test]
    fn zero_is_not_empty() {
        assert_eq!(masks(&["0"]), Ok([Some(0), None, None, None, None, None]));
    }

    #[test]
    fn all_64_bits() {
        assert_eq!(
            masks(&["ffffffffffffffff"]),
            Ok([Some(u64::MAX), None, None, None, None, None])
        );
    }

    #[test]
    fn later_options_add_to_earlier_ones() {
        assert_eq!(masks(&["ff", ",1"]), Ok([Some(0xff), Some(1), None, None, None, None]));
        assert_eq!(masks(&["ff", "1"]), Ok([Some(1), None, None, None, None, None]));
    }

    #[test]
    fn what_is_no_mask() {
        for field in ["xyz", "fg", "-1", "+1", "0x", "0x+1", "10000000000000000"] {
            assert_eq!(
                masks(&[&format!("1,{field}")]),
                Err(Error::NotHexadecimal(field.to_owned()))
            );
        }
        assert_eq!(masks(&["f,f,f,f,f,f"]), Err(Error::TooManyFields(6)));
    }
}
