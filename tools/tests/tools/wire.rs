//! Datagrams of the protocol, laid out by hand.

use std::net::IpAddr;

pub(crate) fn attribute(kind: u16, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + payload.len()).expect("short attribute");
    let mut bytes = [length.to_ne_bytes(), kind.to_ne_bytes()].concat();
    bytes.extend_from_slice(payload);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn nest(kind: u16, members: &[Vec<u8>]) -> Vec<u8> {
    attribute(kind | 0x8000, &members.concat())
}

fn message(kind: u16, seq: &[u8], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(16 + body.len()).expect("short message");
    [
        &length.to_ne_bytes()[..],
        &kind.to_ne_bytes(),
        &[0, 0],
        seq,
        &[0; 4],
        body,
    ]
    .concat()
}

/// The answer to GETFAMILY: family id 1024.
pub(crate) fn new_family(request: &[u8]) -> Vec<u8> {
    let body = [
        vec![1, 2, 0, 0],
        attribute(2, b"tcp_estats\0"),
        attribute(1, &1024_u16.to_ne_bytes()),
        attribute(3, &1_u32.to_ne_bytes()),
        attribute(4, &0_u32.to_ne_bytes()),
        attribute(5, &28_u32.to_ne_bytes()),
    ];
    message(16, &request[8..12], &body.concat())
}

/// How every request ends: the error number 0 and the request's header, or an error and the whole request.
pub(crate) fn end(request: &[u8], errno: i32) -> Vec<u8> {
    let quoted = if errno == 0 { &request[..16] } else { request };
    message(2, &request[8..12], &[&(-errno).to_ne_bytes(), quoted].concat())
}

/// A 4-tuple: local and remote end.
fn tuple(cid: u32, local: (&str, u16), remote: (&str, u16)) -> Vec<u8> {
    let address = |text: &str| match text.parse().expect("an address") {
        IpAddr::V4(v4) => [&v4.octets()[..], &[0; 12]].concat(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    };
    let kind = if local.0.contains(':') { 2 } else { 1 };
    nest(
        14,
        &[
            attribute(1, &address(remote.0)),
            attribute(2, &remote.1.to_ne_bytes()),
            attribute(3, &address(local.0)),
            attribute(4, &local.1.to_ne_bytes()),
            attribute(5, &[kind]),
            attribute(6, &cid.to_ne_bytes()),
        ],
    )
}

/// One entry of a LIST answer.
pub(crate) fn listed(cid: u32, local: (&str, u16), remote: (&str, u16)) -> Vec<u8> {
    message(1024, &[0; 4], &[vec![0, 1, 0, 0], tuple(cid, local, remote)].concat())
}

/// A READ answer for connection 7 with some variables; those not given are what a kernel cannot deliver.
pub(crate) fn some_variables() -> Vec<u8> {
    some_variables_at(1_700_000_000, 4_294_967_295)
}

/// The same at this second, with so many segments sent.
pub(crate) fn some_variables_at(sec: u32, segs_out: u32) -> Vec<u8> {
    let body = [
        vec![2, 1, 0, 0],
        nest(
            16,
            &[attribute(1, &sec.to_ne_bytes()), attribute(2, &4242_u32.to_ne_bytes())],
        ),
        tuple(7, ("127.0.0.1", 22), ("10.0.0.2", 40_000)),
        // SegsOut, HCDataOctetsOut
        nest(
            1,
            &[
                attribute(0, &segs_out.to_ne_bytes()),
                attribute(3, &u64::MAX.to_ne_bytes()),
            ],
        ),
        // RTTVar
        nest(2, &[attribute(5, &12_u32.to_ne_bytes())]),
        // WinScaleSent, TimeStamps
        nest(
            3,
            &[
                attribute(3, &(-1_i32).to_ne_bytes()),
                attribute(5, &1_i32.to_ne_bytes()),
            ],
        ),
        nest(4, &[]),
        // LimMSS
        nest(5, &[attribute(2, &1448_u32.to_ne_bytes())]),
        // Priority
        nest(6, &[attribute(0, &0_u32.to_ne_bytes())]),
    ];
    message(1024, &[0; 4], &body.concat())
}

/// An INIT answer: two variables of PERF, one of PATH.
pub(crate) fn mib() -> Vec<u8> {
    let variable = |name: &str, kind: u32| {
        let name = [name.as_bytes(), &[0]].concat();
        nest(25, &[attribute(1, &name), attribute(2, &kind.to_ne_bytes())])
    };
    let perf = [variable("SegsOut", 2), variable("HCDataOctetsOut", 5)];
    let mut body = vec![
        vec![4, 1, 0, 0],
        attribute(17, &6_u32.to_ne_bytes()),
        attribute(18, &3_u32.to_ne_bytes()),
        nest(19, &perf),
        nest(20, &[variable("IpTosIn", 9)]),
    ];
    body.extend((21..25).map(|table| nest(table, &[])));
    message(1024, &[0; 4], &body.concat())
}
