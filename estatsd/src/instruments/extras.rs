//! What `Web10G` had beside the RFC's tables.

use estats_protocol::Value;
use estats_spec::Id;

use super::View;

pub(super) fn value(id: Id, view: &View<'_>) -> Option<Value> {
    match id {
        Id::OtherReductionsCV => Some(Value::U32(view.record().cwnd.validations)),
        Id::Priority => view.u32(view.layout().sk_priority),
        _ => None,
    }
}
