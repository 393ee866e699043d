//! What is to be done for one message: the checks, in the order of the kernel and of the module.

use std::time::Duration;

use estats_protocol::{
    EstatsMessage, Masks, Tuple,
    control::{self, Family},
    datagram::{self, RawMessage},
    table,
    write::WriteAttr,
};
use estats_spec::{
    sets::VarSet,
    wire::{
        CID_MIN, CTRL_CMD_GETFAMILY, DATAGRAM_MAX, FAMILY_ID, FAMILY_NAME, GENL_ID_CTRL, NAME_MAX, cmd,
        errno::{EACCES, EINVAL, ENOENT, EOPNOTSUPP, EPERM},
        extension::{self, BUFFER_MAX, MULTICAST_GROUP_ID},
    },
};
use netlink_packet_core::{NLM_F_DUMP, NLM_F_REQUEST};

use super::{
    caller::Caller,
    connections::{Connections, Reading, WriteError},
    dialect::Dialect,
    pages::{Content, Pages},
    session::Session,
};

/// Message types below this one are netlink's own and carry no request (`NLMSG_MIN_TYPE`).
const FIRST_REQUEST_TYPE: u16 = 16;

/// The data of an answer; the acknowledgement follows.
#[derive(Debug)]
pub(super) enum Answer {
    /// None.
    Nothing,
    /// One datagram.
    Datagram(Vec<u8>),
    /// Datagrams made one after the other.
    Pages(Pages),
}

/// Begins to answer `message`.
///
/// # Errors
///
/// The error number to refuse it with.
pub(super) fn begin(
    message: &RawMessage<'_>,
    session: &Session,
    connections: &mut dyn Connections,
) -> Result<Answer, i32> {
    let dialect = session.dialect.get();
    let header = &message.header;
    if header.flags & NLM_F_REQUEST == 0 || header.message_type < FIRST_REQUEST_TYPE {
        // Clients that were told no family send their requests with type 0, and rely on the acknowledgement.
        return Ok(Answer::Nothing);
    }
    if header.message_type != GENL_ID_CTRL && header.message_type != FAMILY_ID {
        return Err(ENOENT);
    }
    let command = message.genl_header().map_err(|_| EINVAL)?.cmd;
    if header.flags & NLM_F_DUMP == NLM_F_DUMP {
        return Err(EOPNOTSUPP);
    }
    match (header.message_type, command) {
        (GENL_ID_CTRL, CTRL_CMD_GETFAMILY) => get_family(message, session),
        (FAMILY_ID, extension::FIRST..) => super::extension::begin(command, message, session, connections),
        (FAMILY_ID, command) if dialect.has(command) => {
            let message = message.estats_in(dialect.generation).map_err(|_| EINVAL)?;
            answer(&message, &session.caller, &dialect, connections)
        }
        _ => Err(EOPNOTSUPP),
    }
}

/// Begins to answer a message of the old protocol.
fn answer(
    message: &EstatsMessage,
    caller: &Caller,
    dialect: &Dialect,
    connections: &mut dyn Connections,
) -> Result<Answer, i32> {
    match message.command {
        cmd::LIST_CONNS | cmd::READ_ALL => pages(message),
        cmd::READ_VARS => read_vars(message, caller, dialect, connections),
        cmd::WRITE_VAR => write_var(message, caller, dialect.set, connections),
        cmd::INIT => Ok(data(EstatsMessage::mib(dialect.set))),
        cmd::TIMESTAMP => {
            let age = Duration::from_millis(message.age().unwrap_or(0).into());
            Ok(data(EstatsMessage::moment(connections.token(age))))
        }
        _ => Err(EOPNOTSUPP),
    }
}

pub(super) fn data(message: EstatsMessage) -> Answer {
    Answer::Datagram(datagram::reply(FAMILY_ID, message))
}

fn get_family(message: &RawMessage<'_>, session: &Session) -> Result<Answer, i32> {
    let family = Family::parse(message).map_err(|_| EINVAL)?;
    // As in the kernel, the name decides if there are both.
    let found = match (family.name, family.id) {
        (Some(name), _) => name == FAMILY_NAME,
        (None, Some(id)) => id == FAMILY_ID,
        (None, None) => return Err(EINVAL),
    };
    // A group can be joined over netlink only.
    let group = if session.caller.port == 0 {
        0
    } else {
        MULTICAST_GROUP_ID
    };
    if found {
        Ok(Answer::Datagram(control::family_reply(message, session.port(), group)))
    } else {
        Err(ENOENT)
    }
}

fn pages(message: &EstatsMessage) -> Result<Answer, i32> {
    let (from, everything) = match message.tuple() {
        // Clients from before September 2014 do not page.
        None => (0, true),
        Some(_) => (cid(message, 0)?, false),
    };
    let content = if message.command == cmd::LIST_CONNS {
        Content::Tuples
    } else {
        Content::Variables(message.masks())
    };
    let room = room(message);
    Ok(Answer::Pages(Pages::new(
        content,
        from,
        everything,
        message.since(),
        room,
    )))
}

fn read_vars(
    message: &EstatsMessage,
    caller: &Caller,
    dialect: &Dialect,
    connections: &mut dyn Connections,
) -> Result<Answer, i32> {
    let cid = cid(message, CID_MIN)?;
    let owner = connections.owner(cid).ok_or(EINVAL)?;
    if !dialect.lets_read(caller, owner) {
        return Err(EACCES);
    }
    let reading = connections.read(cid).ok_or(EINVAL)?;
    Ok(Answer::Datagram(values(
        cmd::READ_VARS,
        cid,
        &reading,
        &message.masks(),
        dialect,
    )))
}

/// The message with the values of one connection.
pub(super) fn values(command: u8, cid: u32, reading: &Reading, masks: &Masks, dialect: &Dialect) -> Vec<u8> {
    // The client takes the id of the reply for the one that it asked for.
    let tuple = Tuple { cid, ..reading.tuple };
    let mut datagram = dialect.reply(EstatsMessage::values_of(command, reading.time, &tuple));
    table::append(
        &mut datagram,
        dialect.set,
        &dialect.within(masks),
        dialect.generation.tables,
        |id| reading.instruments[id],
    );
    datagram
}

fn write_var(
    message: &EstatsMessage,
    caller: &Caller,
    set: &'static VarSet,
    connections: &mut dyn Connections,
) -> Result<Answer, i32> {
    let cid = cid(message, CID_MIN)?;
    let (mut name, mut value) = (None, None);
    for member in message.write().ok_or(EINVAL)? {
        match member {
            WriteAttr::Name(text) => name = Some(text),
            WriteAttr::Value(number) => value = Some(*number),
            WriteAttr::Other(_) => {}
        }
    }
    let name = name.filter(|name| name.len() <= NAME_MAX).ok_or(EINVAL)?;
    let (table, index) = set.find_name(name).ok_or(EINVAL)?;
    let value = value.ok_or(EINVAL)?;
    let owner = connections.owner(cid).ok_or(EINVAL)?;
    if !caller.may_write(owner) {
        return Err(EACCES);
    }
    let id = set.tables[table][index].id;
    if !id.info().writable {
        return Err(EPERM);
    }
    connections.write(cid, id, value).map_err(|error| match error {
        WriteError::NoConnection => EINVAL,
        WriteError::Refused(errno) => errno,
    })?;
    Ok(Answer::Nothing)
}

/// How long the datagrams of an answer may be.
pub(super) fn room(message: &EstatsMessage) -> usize {
    let asked = message.buffer().unwrap_or(0).min(BUFFER_MAX) as usize;
    asked.max(DATAGRAM_MAX)
}

/// The id in the 4TUPLE nest. Negative as the signed number that it is for clients, it is none.
pub(super) fn cid(message: &EstatsMessage, least: i32) -> Result<u32, i32> {
    let cid = message.cid().ok_or(EINVAL)?;
    if cid.cast_signed() < least {
        Err(EINVAL)
    } else {
        Ok(cid)
    }
}
