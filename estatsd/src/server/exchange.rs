//! One datagram of a client and all that is answered to it.
//!
//! Nothing here knows a socket or the kernel: datagrams go in and come out, one at a time and only when asked for, so that a
//! client that does not take its answer keeps a request of its own size in memory and nothing more.

use std::ops::Range;

use estats_protocol::{
    acknowledgement::{acknowledge, refuse},
    datagram::{Messages, RawMessage},
};
use estats_spec::wire::errno::EINVAL;
use netlink_packet_core::NLM_F_ACK;

use super::{
    connections::Connections,
    pages::Step,
    request::{self, Answer},
    session::Session,
};

/// Error number for a request that is longer than a server takes (`EMSGSIZE`).
const EMSGSIZE: i32 = libc::EMSGSIZE;

/// The exchange that one datagram of a client began. It may hold several requests.
#[derive(Debug)]
pub struct Exchange {
    session: Session,
    datagram: Vec<u8>,
    /// Whether the datagram was longer than what was received of it.
    truncated: bool,
    /// What has not been looked at yet.
    rest: Range<usize>,
    current: Option<Current>,
}

/// The request being answered.
#[derive(Debug)]
struct Current {
    message: Range<usize>,
    answer: Answer,
}

/// What is to be done next for the client.
#[derive(Debug, PartialEq, Eq)]
pub enum Turn {
    /// Send this datagram.
    Send(Vec<u8>),
    /// Let others have their turn, then ask again.
    Pause,
    /// The exchange is over.
    Over,
}

impl Exchange {
    /// Begins the exchange about `datagram`.
    pub(super) fn new(datagram: Vec<u8>, truncated: bool, session: Session) -> Self {
        let rest = 0..datagram.len();
        Self {
            session,
            datagram,
            truncated,
            rest,
            current: None,
        }
    }

    /// Goes on with the exchange.
    pub fn next(&mut self, connections: &mut dyn Connections) -> Turn {
        loop {
            match self.current.take() {
                None => match self.begin(connections) {
                    Ok(true) => {}
                    Ok(false) => return Turn::Over,
                    Err(refusal) => return Turn::Send(refusal),
                },
                Some(Current { message, answer }) => match answer {
                    Answer::Nothing => {
                        if let Some(acknowledgement) = self.acknowledge(&message) {
                            return Turn::Send(acknowledgement);
                        }
                    }
                    Answer::Datagram(datagram) => {
                        let answer = Answer::Nothing;
                        self.current = Some(Current { message, answer });
                        return Turn::Send(datagram);
                    }
                    Answer::Pages(mut pages) => {
                        let step = pages.step(&self.session, connections);
                        let answer = match step {
                            Step::End => Answer::Nothing,
                            _ => Answer::Pages(pages),
                        };
                        self.current = Some(Current { message, answer });
                        match step {
                            Step::Datagram(datagram) => return Turn::Send(datagram),
                            Step::Pause => return Turn::Pause,
                            Step::End => {}
                        }
                    }
                },
            }
        }
    }

    /// Takes up the next request, if there is one; an error is its refusal.
    fn begin(&mut self, connections: &mut dyn Connections) -> Result<bool, Vec<u8>> {
        let mut messages = Messages::new(&self.datagram[self.rest.clone()]);
        let Some(message) = messages.next() else {
            self.rest = self.rest.end..self.rest.end;
            let errno = if self.truncated { EMSGSIZE } else { EINVAL };
            return match messages.cut_short() {
                Some(message) => Err(refuse(&message, self.session.port(), errno)),
                None => Ok(false),
            };
        };
        let range = self.rest.start..self.rest.start + message.bytes.len();
        self.rest.start = self.rest.end - messages.rest().len();
        let answer = request::begin(&message, &self.session, connections)
            .map_err(|errno| refuse(&message, self.session.port(), errno))?;
        self.current = Some(Current { message: range, answer });
        Ok(true)
    }

    fn acknowledge(&self, message: &Range<usize>) -> Option<Vec<u8>> {
        let message: RawMessage<'_> = Messages::new(&self.datagram[message.clone()]).next()?;
        (message.header.flags & NLM_F_ACK != 0).then(|| acknowledge(&message, self.session.port()))
    }
}
