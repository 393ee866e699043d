//! What is to be done for one message of the extension: the checks, in their order. What is wrong with the request comes before
//! who asks, and that before what is asked about.

use estats_protocol::{EstatsMessage, Events, Scalar, Tuple, Value, extension, table::TableAttr};
use estats_spec::{
    scalars::ScalarInfo,
    wire::{
        CID_MIN, FAMILY_ID,
        errno::{EACCES, EINVAL, EOPNOTSUPP, EPERM},
        extension::cmd,
    },
};

use super::{
    connections::Connections,
    pages::{Content, Pages},
    request::{Answer, cid, data, room},
    session::Session,
};
use estats_protocol::datagram::RawMessage;

/// Begins to answer a message with this command.
///
/// # Errors
///
/// The error number to refuse it with.
pub(super) fn begin(
    command: u8,
    message: &RawMessage<'_>,
    session: &Session,
    connections: &mut dyn Connections,
) -> Result<Answer, i32> {
    match command {
        cmd::LIST_DETAILS => page(Content::Details, &decode(message)?),
        cmd::READ_ROW => read_row(&decode(message)?, session, connections),
        cmd::READ_ROWS => page(Content::Rows, &decode(message)?),
        cmd::READ_SHEETS => sheets(&decode(message)?),
        cmd::LIST_LISTENERS => listeners(&decode(message)?),
        cmd::READ_SCALARS => Ok(data(EstatsMessage::scalars_are(&connections.scalars()))),
        cmd::WRITE_SCALAR => write_scalar(&decode(message)?, session, connections),
        cmd::SUBSCRIBE => subscribe(message, session, connections),
        cmd::INTRODUCE => introduce(&decode(message)?, session),
        _ => Err(EOPNOTSUPP),
    }
}

fn page(content: Content, message: &EstatsMessage) -> Result<Answer, i32> {
    let from = cid(message, 0)?;
    Ok(Answer::Pages(Pages::page(content, from, room(message))))
}

fn sheets(message: &EstatsMessage) -> Result<Answer, i32> {
    let from = cid(message, 0)?;
    let (since, room) = (message.since(), room(message));
    Ok(Answer::Pages(Pages::new(Content::Sheets, from, true, since, room)))
}

fn listeners(message: &EstatsMessage) -> Result<Answer, i32> {
    let from = message.listener_id().ok_or(EINVAL)?;
    if from.cast_signed() < 0 {
        return Err(EINVAL);
    }
    Ok(Answer::Pages(Pages::page(Content::Listeners, from, room(message))))
}

fn read_row(message: &EstatsMessage, session: &Session, connections: &mut dyn Connections) -> Result<Answer, i32> {
    let cid = cid(message, CID_MIN)?;
    let owner = connections.owner(cid).ok_or(EINVAL)?;
    if !session.caller.may_read(owner) {
        return Err(EACCES);
    }
    row(cmd::READ_ROW, cid, connections).map(Answer::Datagram).ok_or(EINVAL)
}

/// The message with everything that is measured of one connection; `None` if it is gone.
pub(super) fn row(command: u8, cid: u32, connections: &mut dyn Connections) -> Option<Vec<u8>> {
    let reading = connections.read(cid)?;
    let origin = connections.origin(cid)?;
    let tuple = Tuple { cid, ..reading.tuple };
    let head = (reading.time, &tuple, &origin);
    Some(extension::row(FAMILY_ID, command, head, &reading.instruments))
}

fn write_scalar(message: &EstatsMessage, session: &Session, connections: &mut dyn Connections) -> Result<Answer, i32> {
    let Some([TableAttr::Value { index, value }]) = message.scalars() else {
        return Err(EINVAL);
    };
    let info = ScalarInfo::from_member(*index).ok_or(EINVAL)?;
    let scalar = match value {
        Value::U32(value) => Scalar::from_member(*index, *value),
        _ => None,
    };
    if info.writable && scalar.is_none() {
        return Err(EINVAL);
    }
    if !session.caller.admin {
        return Err(EACCES);
    }
    connections.set_scalar(scalar.ok_or(EPERM)?)?;
    if matches!(scalar, Some(Scalar::ControlNotify(_))) {
        session.hub.announce(connections);
    }
    Ok(Answer::Nothing)
}

fn subscribe(message: &RawMessage<'_>, session: &Session, connections: &mut dyn Connections) -> Result<Answer, i32> {
    let subscription = session.subscription.as_ref().ok_or(EOPNOTSUPP)?;
    let message = decode(message)?;
    let events = message.events().and_then(Events::from_bits).ok_or(EINVAL)?;
    session
        .hub
        .subscribe(subscription, events, room(&message), connections)?;
    Ok(Answer::Nothing)
}

fn introduce(message: &EstatsMessage, session: &Session) -> Result<Answer, i32> {
    let dialect = session.dialect.get().introduced(message).ok_or(EINVAL)?;
    session.dialect.set(dialect);
    Ok(Answer::Nothing)
}

fn decode(message: &RawMessage<'_>) -> Result<EstatsMessage, i32> {
    message.estats().map_err(|_| EINVAL)
}
