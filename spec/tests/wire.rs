//! The wire's numbers against the shape of the old headers and the length of recorded messages.

use std::collections::BTreeSet;

use estats_spec::sets::{V117, V121, V122, V124A, V124B, VarSet};
use estats_spec::wire::{self, GENERATIONS, Generation, TupleForm, W1, W1T, W2, W3, W3P};

/// Length of an attribute with a payload of `len` bytes.
fn attr(len: usize) -> usize {
    4 + len.next_multiple_of(4)
}

fn tuple_nest(form: &TupleForm) -> usize {
    let addr_type = form.addr_type.map_or(0, |_| attr(1));
    4 + 2 * attr(form.addr_len) + 2 * attr(2) + addr_type + attr(4)
}

/// Length of a `READ_VARS` reply with all variables.
fn values_len(generation: &Generation, set: &VarSet, nests: usize) -> usize {
    let time = generation.time.map_or(0, |_| 4 + 2 * attr(4));
    let tuple = if generation.tuple_in_values {
        tuple_nest(&generation.tuple_form)
    } else {
        0
    };
    let values: usize = set.iter().map(|var| attr(var.wire.size())).sum();
    wire::HEADER_LEN + time + tuple + 4 * nests + values
}

/// Length of an INIT reply.
fn init_len(set: &VarSet) -> usize {
    let vars: usize = set.iter().map(|var| 4 + attr(var.name.len() + 1) + attr(4)).sum();
    wire::HEADER_LEN + 2 * attr(4) + 4 * wire::TABLES + vars
}

#[test]
fn messages_have_the_recorded_lengths() {
    assert_eq!(values_len(&W1, &V117, 5), 996);
    assert_eq!(values_len(&W2, &V121, 5), 1124);
    assert_eq!(values_len(&W3P, &V122, 6), 1140);
    assert_eq!(values_len(&W3P, &V124A, 6), 1156);
    assert_eq!(values_len(&W3P, &V124B, 6), 1156);
    assert_eq!(init_len(&V124B), 3688);
    assert_eq!(init_len(&V124A), 3692);
    assert_eq!(init_len(&V122), 3624);
}

#[test]
fn limits_follow_from_the_layouts() {
    assert_eq!(wire::LIST_ENTRY_LEN, wire::HEADER_LEN + tuple_nest(&W3P.tuple_form));
    assert_eq!(wire::DATAGRAM_MAX / wire::LIST_ENTRY_LEN, 39);
    assert_eq!(wire::DATAGRAM_MAX / values_len(&W3P, &V124B, 6), 3);
    assert_eq!(wire::ACK_LEN, 16 + 4 + 16);
    assert!(init_len(&V124A) <= wire::DATAGRAM_MAX && wire::DATAGRAM_MAX <= wire::CLIENT_BUFFER);
}

/// The header counted up: the values of each table, a mask of each table that nobody ever used, then the nests.
#[test]
fn attribute_numbers_count_up() {
    for generation in GENERATIONS {
        let after_tables = 2 * generation.tables + 1;
        assert_eq!(generation.mask, after_tables, "{}", generation.name);
        assert_eq!(generation.tuple, after_tables + 1, "{}", generation.name);
        assert_eq!(generation.write, after_tables + 2, "{}", generation.name);
        assert!(
            generation.time.is_none_or(|time| time == after_tables + 3),
            "{}",
            generation.name
        );
    }
    assert_eq!((W1.tuple, W1T.time, W2.tuple, W2.time), (12, Some(14), 14, Some(16)));
}

#[test]
fn every_generation_knows_its_own_attributes_and_no_more() {
    for generation in GENERATIONS {
        let mut known: BTreeSet<u16> = (1..=generation.tables).collect();
        let tables = known.len();
        let nests = [
            Some(generation.mask),
            Some(generation.tuple),
            Some(generation.write),
            generation.time,
        ];
        known.extend(nests.into_iter().flatten());
        assert_eq!(
            known.len(),
            tables + nests.iter().flatten().count(),
            "{}",
            generation.name
        );
        if let Some(mib) = &generation.mib {
            let before = known.len();
            known.extend([mib.num_tables, mib.num_vars, mib.var]);
            known.extend(mib.first_vars..mib.first_vars + generation.tables);
            assert_eq!(known.len(), before + 9, "{}", generation.name);
        }
        if let Some(timestamp) = &generation.timestamp {
            assert!(known.iter().all(|&attr| attr < timestamp.module_delta));
            known.extend([
                timestamp.library_rcv_buf_len,
                timestamp.library_delta,
                timestamp.library_token,
            ]);
        }
        assert_eq!(known.last(), Some(&generation.attr_max), "{}", generation.name);
    }
}

#[test]
fn limits_are_those_of_the_clients_and_their_kernels() {
    assert_eq!(GENERATIONS.map(|generation| generation.attr_max), [13, 14, 16, 25, 28]);
    assert_eq!(GENERATIONS.map(|generation| generation.cmd_max), [3, 3, 3, 4, 5]);
    assert_eq!(
        GENERATIONS.map(|generation| generation.group_reads),
        [false, true, true, true, true]
    );
    assert_eq!((W1.tuple_form.cid, W1.tuple_form.addr_len), (5, 17));
    assert_eq!((W2.tuple_form.cid, W2.tuple_form.addr_len), (6, 16));
}

/// Library and module number what surrounds TIMESTAMP differently by one.
#[test]
fn timestamp_attributes_never_met() {
    let timestamp = W3P.timestamp.as_ref().expect("W3p has TIMESTAMP");
    assert_eq!(
        (
            timestamp.library_rcv_buf_len,
            timestamp.library_delta,
            timestamp.library_token
        ),
        (26, 27, 28)
    );
    assert_eq!(
        (timestamp.module_delta, timestamp.module_token, timestamp.module_pad),
        (26, 27, 28)
    );
    assert!(W3.timestamp.is_none());
}

#[test]
fn writable_names_can_be_looked_up() {
    assert!(
        V124B
            .iter()
            .filter(|var| var.id.info().writable)
            .all(|var| var.name.len() <= wire::NAME_MAX)
    );
    assert!(V124B.iter().all(|var| var.name.len() <= wire::NAME_MAX));
}
