//! The attribute numbers of generation W3p, unwrapped from the tables of `estats-spec` so that they can stand in patterns.

use estats_spec::wire::{self, MibAttrs, TimestampAttrs, TupleForm, W3P};

const MIB: MibAttrs = match W3P.mib {
    Some(mib) => mib,
    None => panic!("W3p has INIT"),
};
const STAMP: TimestampAttrs = match W3P.timestamp {
    Some(stamp) => stamp,
    None => panic!("W3p has TIMESTAMP"),
};
const MEMBERS: TupleForm = W3P.tuple_form;

pub(crate) const FIRST_TABLE: u16 = wire::FIRST_TABLE;
pub(crate) const LAST_TABLE: u16 = wire::FIRST_TABLE + W3P.tables - 1;
pub(crate) const MASK: u16 = W3P.mask;
pub(crate) const TUPLE: u16 = W3P.tuple;
pub(crate) const WRITE: u16 = W3P.write;
pub(crate) const TIME: u16 = match W3P.time {
    Some(time) => time,
    None => panic!("W3p replies carry the time"),
};

pub(crate) const NUM_TABLES: u16 = MIB.num_tables;
pub(crate) const NUM_VARS: u16 = MIB.num_vars;
pub(crate) const FIRST_VARS: u16 = MIB.first_vars;
pub(crate) const LAST_VARS: u16 = MIB.first_vars + W3P.tables - 1;
pub(crate) const VAR: u16 = MIB.var;

pub(crate) const LIBRARY_DELTA: u16 = STAMP.library_delta;
pub(crate) const LIBRARY_TOKEN: u16 = STAMP.library_token;
pub(crate) const MODULE_DELTA: u16 = STAMP.module_delta;
pub(crate) const MODULE_TOKEN: u16 = STAMP.module_token;

pub(crate) const REM_ADDR: u16 = MEMBERS.rem_addr;
pub(crate) const REM_PORT: u16 = MEMBERS.rem_port;
pub(crate) const LOCAL_ADDR: u16 = MEMBERS.local_addr;
pub(crate) const LOCAL_PORT: u16 = MEMBERS.local_port;
pub(crate) const ADDR_TYPE: u16 = match MEMBERS.addr_type {
    Some(addr_type) => addr_type,
    None => panic!("W3p tuples carry the address type"),
};
pub(crate) const CID: u16 = MEMBERS.cid;
pub(crate) const ADDR_LEN: usize = MEMBERS.addr_len;
