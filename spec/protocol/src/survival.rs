//! What must hold for any bytes a peer may send: the body of the fuzz target, run by the tests as well.

use estats_spec::{sets, wire::CLIENT_BUFFER};

use crate::{
    acknowledgement::{acknowledge, outcome, refuse},
    control::Family,
    datagram::{self, Messages, RawMessage},
    extension::{Details, Events, ListenerReading, Notice, Row, Scalars, Sheet},
    reading::Reading,
};

/// Takes `datagram` apart in every way that a client or a server does.
///
/// # Panics
///
/// If something does not hold that has to: that is what this looks for.
pub fn survive(datagram: &[u8]) {
    let mut messages = Messages::new(datagram);
    let mut total = 0;
    for message in messages.by_ref() {
        total += message.bytes.len();
        look_into(&message);
    }
    assert!(total + messages.rest().len() <= datagram.len());
    if let Some(message) = messages.cut_short() {
        assert!(refuse(&message, 0, 1).len() <= CLIENT_BUFFER);
    }
}

fn look_into(message: &RawMessage<'_>) {
    assert_eq!(acknowledge(message, 1).len(), 36);
    let refusal = refuse(message, 1, 22);
    let refusal = Messages::new(&refusal).next().expect("a refusal is a message");
    assert_eq!(outcome(&refusal).ok(), Some(Some(22)));
    let _ = outcome(message);
    let _ = Family::parse(message);

    let Ok(decoded) = message.estats() else {
        return;
    };
    let _ = (
        decoded.cid(),
        decoded.masks(),
        decoded.since(),
        decoded.age(),
        decoded.time(),
    );
    for set in sets::ALL {
        let _ = Reading::decode(message, set);
    }
    let _ = crate::client::Mib::decode(&decoded);
    let _ = (
        Row::decode(&decoded),
        Details::decode(&decoded),
        Notice::decode(&decoded),
    );
    let _ = ListenerReading::decode(&decoded);
    if let Ok(sheet) = Sheet::decode(&decoded) {
        for row in sheet.rows().flatten() {
            let _ = row.instruments();
        }
    }
    let _ = decoded.scalars().map(Scalars::from_attributes);
    let _ = (
        decoded.events().and_then(Events::from_bits),
        decoded.buffer(),
        decoded.listener_id(),
    );
    // What was understood is not changed by saying it again.
    let again = datagram::reply(message.header.message_type, decoded.clone());
    let again = Messages::new(&again).next().expect("a reply is a message");
    assert_eq!(again.estats().ok().as_ref(), Some(&decoded));
}
