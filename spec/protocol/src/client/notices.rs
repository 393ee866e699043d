//! Notices, as a client receives them.

use std::{collections::VecDeque, time::Duration};

use super::{Client, Error};
use crate::extension::Notice;

/// Notices that are kept at most while nobody takes them.
const ROOM: usize = 65_536;

/// Notices that came while the client waited for an answer. What there is no room for is counted as missed.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    notices: VecDeque<Notice>,
    missed: u64,
}

impl Waiting {
    pub(super) fn push(&mut self, mut notice: Notice) {
        if self.notices.len() >= ROOM {
            self.missed = self.missed.saturating_add(notice.missed).saturating_add(1);
        } else {
            notice.missed = notice.missed.saturating_add(std::mem::take(&mut self.missed));
            self.notices.push_back(notice);
        }
    }

    fn pop(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }
}

/// Notices as they come, without end. An error is the last item.
#[derive(Debug)]
pub struct Notices<'a> {
    client: &'a mut Client,
    over: bool,
}

impl Client {
    /// The notices that this client has subscribed to, see [`Client::subscribe`]; the iterator waits for each as long as it takes.
    pub fn notices(&mut self) -> Notices<'_> {
        Notices {
            client: self,
            over: false,
        }
    }

    /// The next notice, if one comes within this time.
    ///
    /// # Errors
    ///
    /// As in every exchange, see [`Client::connect`]; the connection is of no use then.
    pub fn next_notice(&mut self, within: Duration) -> Result<Option<Notice>, Error> {
        self.wait_for_notice(Some(within))
    }

    fn wait_for_notice(&mut self, within: Option<Duration>) -> Result<Option<Notice>, Error> {
        if let Some(notice) = self.waiting.pop() {
            return Ok(Some(notice));
        }
        let (family, waiting) = (self.family, &mut self.waiting);
        self.link.unasked(within, &mut |message| {
            let data = message.estats()?;
            if message.header.message_type != family {
                return Err(Error::Malformed("it is of another family".to_owned()));
            }
            waiting.push(Notice::decode(&data)?);
            Ok(())
        })?;
        Ok(self.waiting.pop())
    }
}

impl Iterator for Notices<'_> {
    type Item = Result<Notice, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.over {
            match self.client.wait_for_notice(None) {
                Ok(Some(notice)) => return Some(Ok(notice)),
                // A datagram without a notice.
                Ok(None) => {}
                Err(error) => {
                    self.over = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extension::{Details, Event, Origin};
    use crate::tuple::Tuple;

    fn notice(cid: u32, missed: u64) -> Notice {
        let end = ([127, 0, 0, 1].into(), 1);
        Notice {
            missed,
            event: Event::Established(Details {
                tuple: Tuple::new(cid, end, end),
                origin: Origin::default(),
            }),
        }
    }

    #[test]
    fn what_there_is_no_room_for_is_counted() {
        let mut waiting = Waiting::default();
        for cid in 0..u32::try_from(ROOM).unwrap() {
            waiting.push(notice(cid, 0));
        }
        waiting.push(notice(1, 0));
        waiting.push(notice(2, 5));
        assert_eq!(waiting.pop(), Some(notice(0, 0)));
        waiting.push(notice(3, 1));
        waiting.push(notice(4, 0));
        assert_eq!(waiting.notices.back(), Some(&notice(3, 1 + 1 + 6)));
        while waiting.notices.len() > 1 {
            waiting.pop();
        }
        waiting.push(notice(5, 0));
        // That of 4 is the only one since.
        assert_eq!(waiting.notices.back(), Some(&notice(5, 1)));
    }
}
