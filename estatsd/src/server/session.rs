//! In whose name requests are answered, and what there is beside the connections to answer them.

use std::rc::Rc;

use estats_spec::sets::VarSet;

use super::{caller::Caller, hub::Hub, subscription::Subscription};

/// What a request may use.
#[derive(Debug, Clone)]
pub(super) struct Session {
    /// Who asks.
    pub(super) caller: Caller,
    /// The variable set that the client knows.
    pub(super) set: &'static VarSet,
    /// Where notices are given out.
    pub(super) hub: Rc<Hub>,
    /// What notices of this client go to; `None` where a client can have none of its own.
    pub(super) subscription: Option<Rc<Subscription>>,
}
