//! `ESTATS_ERROR`: the kinds of failure, and their texts.

use std::ffi::{CStr, c_int};

use crate::library::LIBRARY;

/// A kind of failure. The numbers are ABI, but older libraries end before some of them: see [`Number::in_c`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Number {
    /// No failure.
    Success = 0,
    /// A request was not acknowledged.
    Ack = 1,
    /// An answer lacks its data.
    RetData = 2,
    /// An argument is NULL or out of range.
    Inval = 3,
    /// Out of memory.
    NoMem = 4,
    /// No such entry.
    NoEnt = 5,
    /// The daemon cannot be reached.
    NoLink = 6,
    /// A system call failed; the message is its error text.
    Libc = 7,
    /// No more records.
    Eof = 8,
    /// A record file is damaged.
    ChkSum = 9,
    /// A number cannot be read.
    StrConv = 10,
    /// The exchange with the daemon failed, or the daemon refused.
    Genl = 11,
    /// A record has no file.
    File = 12,
    /// A record file is open in the other direction.
    Access = 13,
    /// An address is neither IPv4 nor IPv6.
    AddrType = 14,
    /// Anything else.
    Unknown = 15,
}

/// Message texts by number. `Libc` has none of its own.
const MESSAGES: [&CStr; 16] = [
    c"Success",
    c"Message un-acked",
    c"No returned data",
    c"Invalid argument",
    c"Out of memory",
    c"Entry not found",
    c"Socket operation failed",
    c"",
    c"End of file",
    c"Checksum error",
    c"Error while converting value from string",
    c"Error thrown from genetlink library",
    c"File I/O error",
    c"Access denied",
    c"Unknown address type",
    c"Error not in error table",
];

impl Number {
    /// All kinds, in the order of their numbers.
    pub const ALL: [Number; 16] = [
        Number::Success,
        Number::Ack,
        Number::RetData,
        Number::Inval,
        Number::NoMem,
        Number::NoEnt,
        Number::NoLink,
        Number::Libc,
        Number::Eof,
        Number::ChkSum,
        Number::StrConv,
        Number::Genl,
        Number::File,
        Number::Access,
        Number::AddrType,
        Number::Unknown,
    ];

    /// The number in C. What this library does not have is its `ESTATS_ERR_UNKNOWN`, which is the last.
    #[must_use]
    pub fn in_c(self) -> c_int {
        (self as c_int).min(LIBRARY.unknown_error)
    }

    /// The kind that has this number in C, if there is one.
    #[must_use]
    pub fn from_raw(number: c_int) -> Option<Self> {
        if number >= LIBRARY.unknown_error {
            return (number == LIBRARY.unknown_error).then_some(Number::Unknown);
        }
        usize::try_from(number)
            .ok()
            .and_then(|index| Self::ALL.get(index))
            .copied()
    }

    /// The text that programs print.
    #[must_use]
    pub fn message(self) -> &'static CStr {
        MESSAGES[self as usize]
    }
}

const _: () = {
    let mut index = 0;
    while index < Number::ALL.len() {
        assert!(
            Number::ALL[index] as usize == index,
            "Number::ALL is in the order of the numbers"
        );
        index += 1;
    }
};
