//! Messages in the form of a generation.
//!
//! Everything else here speaks the last one, W3p. W2 and W3 have its form and not all of its commands. W1 and W1t have other
//! attribute numbers and addresses of 17 octets, whose last one is the address type, so their messages are put into the form of W3p
//! when they come, and out of it when they go.

use estats_spec::wire::{Generation, TupleForm, W3P};
use netlink_packet_core::{DecodeError, DefaultNla, NLA_F_NESTED, Nla, NlaBuffer, NlasIterator, parse_u32};

use crate::{
    attribute::EstatsAttr,
    datagram::RawMessage,
    message::EstatsMessage,
    nest,
    tuple::{TupleAttr, WireAddress},
};

impl RawMessage<'_> {
    /// Decodes a request of a client of this generation.
    ///
    /// # Errors
    ///
    /// The generic netlink header is missing or an attribute is malformed.
    pub fn estats_in(&self, generation: &Generation) -> Result<EstatsMessage, DecodeError> {
        if has_last_form(generation) {
            return self.estats();
        }
        Ok(EstatsMessage {
            command: self.genl_header()?.cmd,
            attributes: NlasIterator::new(self.attributes())
                .map(|attribute| attribute.and_then(|attribute| asked(&attribute, generation)))
                .collect::<Result<_, _>>()?,
        })
    }
}

impl EstatsMessage {
    /// The message in the form in which a client of this generation reads it.
    #[must_use]
    pub fn in_generation(mut self, generation: &Generation) -> Self {
        if !has_last_form(generation) {
            let attributes = self.attributes.into_iter();
            self.attributes = attributes
                .filter_map(|attribute| answered(attribute, self.command, generation))
                .collect();
        }
        self
    }
}

/// Whether the messages of a generation are those of W3p, as far as it has them.
fn has_last_form(generation: &Generation) -> bool {
    generation.tuple_form == W3P.tuple_form
}

/// An attribute of a request.
fn asked(attribute: &NlaBuffer<&[u8]>, generation: &Generation) -> Result<EstatsAttr, DecodeError> {
    let (kind, value) = (attribute.kind(), attribute.value());
    Ok(if kind == generation.mask {
        EstatsAttr::Mask(nest::parse(value)?)
    } else if kind == generation.tuple {
        EstatsAttr::Tuple(asked_tuple(value, &generation.tuple_form)?)
    } else if kind == generation.write {
        EstatsAttr::Write(nest::parse(value)?)
    } else {
        EstatsAttr::Other(nest::other(attribute))
    })
}

/// The 4TUPLE nest of a request, of which only the id means anything.
fn asked_tuple(value: &[u8], form: &TupleForm) -> Result<Vec<TupleAttr>, DecodeError> {
    NlasIterator::new(value)
        .map(|member| {
            let member = member?;
            Ok(if member.kind() == form.cid {
                TupleAttr::Cid(parse_u32(member.value())?)
            } else {
                TupleAttr::Other(nest::other(&member))
            })
        })
        .collect()
}

/// An attribute of the answer to `command`; `None` if the generation does not have it there.
fn answered(attribute: EstatsAttr, command: u8, generation: &Generation) -> Option<EstatsAttr> {
    match attribute {
        EstatsAttr::Values { table, .. } if table >= generation.tables => None,
        EstatsAttr::Tuple(_) if command != estats_spec::wire::cmd::LIST_CONNS && !generation.tuple_in_values => None,
        EstatsAttr::Tuple(members) => {
            let members = answered_tuple(&members, &generation.tuple_form);
            Some(renumbered(generation.tuple, &members))
        }
        EstatsAttr::Time(members) => generation.time.map(|kind| renumbered(kind, &members)),
        other => Some(other),
    }
}

/// The members of the 4TUPLE nest, the address type in the addresses where there is no member for it.
fn answered_tuple(members: &[TupleAttr], form: &TupleForm) -> Vec<DefaultNla> {
    let kind = members.iter().find_map(|member| match member {
        TupleAttr::AddressType(kind) => Some(*kind),
        _ => None,
    });
    let address = |number, address: &WireAddress| {
        let mut octets = address.to_vec();
        octets.resize(form.addr_len, kind.unwrap_or(0));
        DefaultNla::new(number, octets)
    };
    let member = |member: &TupleAttr| match member {
        TupleAttr::RemoteAddress(octets) => Some(address(form.rem_addr, octets)),
        TupleAttr::RemotePort(port) => Some(DefaultNla::new(form.rem_port, port.to_ne_bytes().into())),
        TupleAttr::LocalAddress(octets) => Some(address(form.local_addr, octets)),
        TupleAttr::LocalPort(port) => Some(DefaultNla::new(form.local_port, port.to_ne_bytes().into())),
        TupleAttr::AddressType(kind) => form.addr_type.map(|number| DefaultNla::new(number, vec![*kind])),
        TupleAttr::Cid(cid) => Some(DefaultNla::new(form.cid, cid.to_ne_bytes().into())),
        TupleAttr::Other(other) => Some(other.clone()),
    };
    members.iter().filter_map(member).collect()
}

/// A nest under another number.
fn renumbered<A: Nla>(kind: u16, members: &[A]) -> EstatsAttr {
    let mut octets = vec![0; nest::len(members)];
    nest::emit(members, &mut octets);
    EstatsAttr::Other(DefaultNla::new(kind | NLA_F_NESTED, octets))
}
