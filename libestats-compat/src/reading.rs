//! The values of a connection in the order of this library's variables.
//!
//! The daemon is asked for the whole row, not for variables by index: older libraries have variables that the set which it serves
//! no longer has.

use estats_protocol::{Masks, Value};
use estats_spec::Id;

use crate::library::SET;
use crate::var::WIRE_TYPES;

/// The value of each variable that is measured and asked for; none for the others.
pub(crate) fn values(measured: impl Fn(Id) -> Option<Value>, masks: &Masks) -> impl Iterator<Item = Option<Value>> {
    let tables = SET.tables.iter().enumerate();
    let positions = tables.flat_map(|(table, vars)| (0..vars.len()).map(move |index| (table, index)));
    positions.zip(WIRE_TYPES).map(move |((table, index), wire)| {
        let value = measured(SET.tables[table][index].id)?;
        masks.selects(table, index).then(|| value.cast(wire))
    })
}
