//! A notice on its way to the subscribers: made into a message once for all of them.

use std::{cell::OnceCell, rc::Rc};

use estats_protocol::{EstatsMessage, Events, datagram, extension};
use estats_spec::wire::FAMILY_ID;

use super::{caller::Caller, connections::Notice};

/// How much of a notice a subscriber may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    /// Everything.
    Whole,
    /// What everybody may know.
    Public,
}

/// A notice, and its messages as far as somebody wanted them.
#[derive(Debug)]
pub(super) struct Outgoing<'a> {
    notice: &'a Notice,
    whole: OnceCell<Rc<[u8]>>,
    public: OnceCell<Rc<[u8]>>,
}

impl<'a> Outgoing<'a> {
    pub(super) fn new(notice: &'a Notice) -> Self {
        Self {
            notice,
            whole: OnceCell::new(),
            public: OnceCell::new(),
        }
    }

    /// What somebody who wants to hear of `events` may see of it; `None`: nothing.
    ///
    /// That a connection was established may be known to all, as in a list. Values are for those who might have read them.
    pub(super) fn view(&self, events: Events, caller: &Caller) -> Option<View> {
        match self.notice {
            Notice::Established { origin, .. } => events.established.then(|| {
                if caller.may_know(origin) {
                    View::Whole
                } else {
                    View::Public
                }
            }),
            Notice::Closed { origin, .. } => (events.closed && caller.may_know(origin)).then_some(View::Whole),
        }
    }

    /// Its message.
    pub(super) fn bytes(&self, view: View) -> Rc<[u8]> {
        let bytes = match view {
            View::Whole => &self.whole,
            View::Public => &self.public,
        };
        Rc::clone(bytes.get_or_init(|| self.bytes_after_missing(view, 0)))
    }

    /// Its message, with the number of those missed before it.
    pub(super) fn bytes_after_missing(&self, view: View, missed: u64) -> Rc<[u8]> {
        let message = match self.notice {
            Notice::Established { tuple, origin } => match view {
                View::Whole => EstatsMessage::established(tuple, origin),
                View::Public => EstatsMessage::established(tuple, &origin.public()),
            },
            Notice::Closed { tuple, origin, reading } => {
                let about = (reading.time, tuple, origin);
                return extension::closing(FAMILY_ID, about, &reading.instruments, missed).into();
            }
        };
        datagram::reply(FAMILY_ID, message.after_missing(missed)).into()
    }
}
