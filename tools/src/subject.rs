//! Which connection a program is about, and which of its variables.

use crate::command_line::Program;
use crate::{Outcome, mask};
use estats_protocol::client::Error;
use estats_protocol::{Client, Masks, Reading};
use estats_spec::wire::CID_MIN;

/// The arguments of programs that read the variables of one connection.
#[derive(clap::Args, Debug)]
pub struct Subject {
    /// See [`mask::add`].
    #[arg(short, value_name = "MASK", allow_hyphen_values = true)]
    pub masks: Vec<String>,
    /// The cid; the classic tools do not mind more arguments behind it.
    cid: Vec<String>,
}

/// The part of a usage text about masks, for the program of this name.
#[must_use]
pub fn usage_of_masks(program: &str) -> String {
    format!(
        "  -m mask        only some variables: up to five hexadecimal numbers for
                 the tables PERF,PATH,STACK,APP,TUNE, where bit i stands
                 for the table's variable i. An empty field, or none,
                 means the whole table. The first four of each table:

                 {program} cid -m f,f,f,f,f

"
    )
}

impl Subject {
    /// The connection.
    ///
    /// # Errors
    ///
    /// The failure of the program when there is no cid, or it is none.
    pub fn cid(&self) -> Result<u32, Outcome> {
        let Some(cid) = self.cid.first() else {
            return Err(Outcome::shown_instead("Too few non-option args\n"));
        };
        parse_cid(cid).ok_or_else(|| Outcome::failure("Invalid argument\n"))
    }

    /// What is wanted of it.
    ///
    /// # Errors
    ///
    /// The failure of the program when an argument of `-m` is no mask.
    pub fn masks<P: Program>(&self) -> Result<Masks, Outcome> {
        mask::all(&self.masks).map_err(P::failure)
    }
}

/// Reads what is wanted of the connection `cid`.
///
/// # Errors
///
/// The failure of the program, see [`failure`].
pub fn read<P: Program>(program: &P, client: &mut Client, cid: u32, masks: &Masks) -> Result<Reading, Outcome> {
    client
        .read_vars(cid, masks)
        .map_err(|error| failure(program, cid, &error))
}

/// What a program says when it is refused something about a connection: to people as ever, and on standard error only when standard
/// output is for another program.
pub fn failure<P: Program>(program: &P, cid: u32, error: &Error) -> Outcome {
    match error.refusal() {
        Some(errno) if !program.common().json => Outcome::refusal(errno),
        _ => P::failure(format!("connection {cid}: {error}")),
    }
}

/// A cid: a positive number of at most 31 bits.
#[must_use]
pub fn parse_cid(text: &str) -> Option<u32> {
    let cid: i32 = text.trim().parse().ok()?;
    u32::try_from(cid).ok().filter(|_| cid >= CID_MIN)
}

#[cfg(test)]
mod tests {
    use super::parse_cid;

    #[test]
    fn cids() {
        assert_eq!(parse_cid("1"), Some(1));
        assert_eq!(parse_cid("2147483647"), Some(2_147_483_647));
        for not_a_cid in [
            "",
            "0",
            "-5",
            "abc",
            "12abc",
            "0x1",
            "1.5",
            "2147483648",
            "99999999999999999999",
        ] {
            assert_eq!(parse_cid(not_a_cid), None, "{not_a_cid}");
        }
    }
}
