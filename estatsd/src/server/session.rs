//! In whose name requests are answered, and what there is beside the connections to answer them.

use std::{cell::Cell, rc::Rc};

use super::{caller::Caller, dialect::Dialect, hub::Hub, subscription::Subscription};

/// What a request may use.
#[derive(Debug, Clone)]
pub(super) struct Session {
    /// Who asks.
    pub(super) caller: Caller,
    /// What the client understands. It changes when the client introduces itself.
    pub(super) dialect: Rc<Cell<Dialect>>,
    /// Where notices are given out.
    pub(super) hub: Rc<Hub>,
    /// What notices of this client go to; `None` where a client can have none of its own.
    pub(super) subscription: Option<Rc<Subscription>>,
}

impl Session {
    /// The netlink port that acknowledgements are addressed to; 0 where it is not known.
    pub(super) fn port(&self) -> u32 {
        self.dialect.get().port.unwrap_or(self.caller.port)
    }
}
