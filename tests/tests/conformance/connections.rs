//! Two connections that never change.

use std::net::IpAddr;
use std::time::Duration;

use estats_protocol::{Events, Instruments, ListenerReading, Origin, Scalar, Scalars, Time, Tuple, Value};
use estats_spec::Id;
use estatsd::server::{Connections, Notice, Owner, Page, Reading, WriteError};

/// The connections with the ids 7, of IPv4, and 258, of IPv6.
pub(crate) struct Known;

/// Values that are written out in what is expected.
const WRITTEN_OUT: [(Id, Value); 8] = [
    (Id::HCDataOctetsOut, Value::U64(0x1122_3344_5566_7788)),
    (Id::StartTimeStamp, Value::U64(0x0005_a1b2_c3d4_e5f6)),
    (Id::SampleRTT, Value::U32(25)),
    (Id::IpTosIn, Value::U8(0x2e)),
    (Id::WinScaleSent, Value::S32(-1)),
    (Id::LimSsthresh, Value::U32(0x7fff_ffff)),
    (Id::LimRwin, Value::U32(0x3fff_ffff)),
    (Id::Priority, Value::U32(6)),
];

/// A number for each name, in whatever case: all others have it as their value.
pub(crate) fn number(name: &str) -> u64 {
    let octets = name.bytes().map(|byte| u64::from(byte.to_ascii_lowercase()));
    octets.fold(0xcbf2_9ce4_8422_2325, |sum, octet| {
        (sum ^ octet).wrapping_mul(0x0100_0000_01b3)
    })
}

/// What the instrument of that name is measured as, as a number of 64 bits.
pub(crate) fn measured(name: &str) -> u64 {
    let written_out = WRITTEN_OUT.iter().find(|(id, _)| id.name().eq_ignore_ascii_case(name));
    written_out.map_or_else(|| number(name), |(_, value)| value.as_u64())
}

fn tuple(cid: u32) -> Option<Tuple> {
    let end = |address: &str, port: u16| (address.parse::<IpAddr>().expect("an address"), port);
    match cid {
        7 => Some(Tuple::new(7, end("10.0.0.1", 80), end("192.0.2.9", 40_000))),
        258 => Some(Tuple::new(258, end("2001:db8::1", 443), end("2001:db8::2", 50_000))),
        _ => None,
    }
}

impl Connections for Known {
    /// Connection 7 was last active at 999,000, the other one at 999,900.
    fn page(&mut self, from: u32, since: Option<u64>, limit: usize) -> Page {
        let wanted = [(7, 999_000), (258, 999_900)]
            .into_iter()
            .filter(|(cid, active)| *cid >= from && since.is_none_or(|since| *active >= since));
        Page::of(wanted.filter_map(|(cid, _)| tuple(cid)), limit)
    }

    /// Everything belongs to whoever runs the test.
    fn owner(&mut self, cid: u32) -> Option<Owner> {
        tuple(cid)?;
        Some(Owner {
            uid: nix::unistd::geteuid().as_raw(),
            gid: nix::unistd::getegid().as_raw(),
        })
    }

    fn read(&mut self, cid: u32) -> Option<Reading> {
        let tuple = tuple(cid)?;
        let mut instruments = Instruments::new();
        for id in Id::ALL {
            instruments.set(id, Value::U64(measured(id.name())));
        }
        Some(Reading {
            time: Time {
                sec: 0x5f00_0001,
                usec: 0x000a_0b0c,
            },
            tuple,
            instruments,
        })
    }

    fn write(&mut self, cid: u32, id: Id, value: u32) -> Result<(), WriteError> {
        match (cid, id, value) {
            (7, Id::LimCwnd, 4096) => Ok(()),
            _ => Err(WriteError::Refused(libc::EIO)),
        }
    }

    /// Now is 1,000,000.
    fn token(&mut self, age: Duration) -> u64 {
        1_000_000 - u64::try_from(age.as_millis()).expect("a short time")
    }

    fn origin(&mut self, _: u32) -> Option<Origin> {
        None
    }

    fn listeners(&mut self, _: u32, _: usize) -> Vec<ListenerReading> {
        Vec::new()
    }

    fn scalars(&mut self) -> Scalars {
        Scalars::default()
    }

    fn set_scalar(&mut self, _: Scalar) -> Result<(), i32> {
        Err(libc::EIO)
    }

    fn notify(&mut self, _: Events) {}

    fn take_notices(&mut self, _: usize) -> Vec<Notice> {
        Vec::new()
    }
}
