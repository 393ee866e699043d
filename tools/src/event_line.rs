//! The lines that `estats-events` prints.

use crate::address;
use crate::origin::printable;
use estats_protocol::extension::{Event, Notice};
use estats_protocol::{Origin, Tuple};
use estats_spec::Id;
use std::fmt::Write;

/// What is shown of the final values.
const FINAL: [Id; 5] = [
    Id::ElapsedSecs,
    Id::HCThruOctetsAcked,
    Id::HCThruOctetsReceived,
    Id::SegsRetrans,
    Id::SmoothedRTT,
];

/// One line about a connection that was established or closed: what happened, its id and ends, where it comes from, and of a
/// closed one some of the final values. What is not known or not measured is left out.
#[must_use]
pub fn line(notice: &Notice) -> String {
    let mut text = match &notice.event {
        Event::Established(details) => {
            let mut text = connection("established", &details.tuple);
            origin(&mut text, &details.origin);
            text
        }
        Event::Closed(row) => {
            let mut text = connection("closed", &row.tuple);
            origin(&mut text, &row.origin);
            for id in FINAL {
                if let Some(value) = row.instruments[id] {
                    write!(text, " {id}={value}").expect("a String takes everything");
                }
            }
            text
        }
    };
    text.push('\n');
    text
}

fn connection(event: &str, tuple: &Tuple) -> String {
    let end = |(host, port): (std::net::IpAddr, u16)| {
        let host_text = address::text(host);
        if host.is_ipv6() {
            format!("[{host_text}]:{port}")
        } else {
            format!("{host_text}:{port}")
        }
    };
    format!("{event} {} {} {}", tuple.cid, end(tuple.local), end(tuple.remote))
}

fn origin(text: &mut String, origin: &Origin) {
    let mut known = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            write!(text, " {name}={value}").expect("a String takes everything");
        }
    };
    known("netns", Some(origin.netns.to_string()));
    known("uid", origin.uid.map(|uid| uid.to_string()));
    known("pid", origin.pid.map(|pid| pid.to_string()));
    // Spaces would end it.
    known(
        "comm",
        origin.comm.as_deref().map(|comm| printable(comm).replace(' ', "_")),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use estats_protocol::{Details, Instruments, Row, Time, Value};

    fn from() -> Origin {
        Origin {
            netns: 7,
            uid: Some(0),
            comm: Some("web server".to_owned()),
            ..Origin::default()
        }
    }

    #[test]
    fn lines_to_the_byte() {
        let end = |text: &str, port| (text.parse().expect("an address"), port);
        let established = Notice {
            missed: 0,
            event: Event::Established(Details {
                tuple: Tuple::new(17, end("127.0.0.1", 80), end("10.0.0.1", 40000)),
                origin: from(),
            }),
        };
        assert_eq!(
            line(&established),
            "established 17 127.0.0.1:80 10.0.0.1:40000 netns=7 uid=0 comm=web_server\n"
        );
        let mut instruments = Instruments::new();
        instruments.set(Id::HCThruOctetsAcked, Value::U64(1 << 40));
        instruments.set(Id::SegsRetrans, Value::U32(3));
        let closed = Notice {
            missed: 2,
            event: Event::Closed(Row {
                time: Time { sec: 1, usec: 2 },
                tuple: Tuple::new(18, end("::1", 80), end("::2", 40000)),
                origin: Origin {
                    pid: Some(5),
                    ..Origin::default()
                },
                instruments,
            }),
        };
        assert_eq!(
            line(&closed),
            "closed 18 [::1]:80 [::2]:40000 netns=0 pid=5 HCThruOctetsAcked=1099511627776 SegsRetrans=3\n"
        );
    }
}
