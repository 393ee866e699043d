//! Datagrams of the legacy protocol, laid out by hand.

fn attribute(kind: u16, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + payload.len()).expect("short attribute");
    let mut bytes = [length.to_ne_bytes(), kind.to_ne_bytes()].concat();
    bytes.extend_from_slice(payload);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn message(kind: u16, seq: [u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(16 + body.len()).expect("short message");
    let mut bytes = length.to_ne_bytes().to_vec();
    bytes.extend_from_slice(&kind.to_ne_bytes());
    bytes.extend_from_slice(&[0, 0]);
    bytes.extend_from_slice(&seq);
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(body);
    bytes
}

fn seq_of(request: &[u8]) -> [u8; 4] {
    request[8..12].try_into().expect("a netlink header")
}

/// The kernel's answer to GETFAMILY in its attribute order, with family id 1024.
pub(crate) fn new_family(request: &[u8]) -> Vec<u8> {
    let mut body = vec![1, 2, 0, 0];
    body.extend(attribute(2, b"tcp_estats\0"));
    body.extend(attribute(1, &1024_u16.to_ne_bytes()));
    body.extend(attribute(3, &1_u32.to_ne_bytes()));
    body.extend(attribute(4, &0_u32.to_ne_bytes()));
    body.extend(attribute(5, &28_u32.to_ne_bytes()));
    message(16, seq_of(request), &body)
}

/// The 36-byte acknowledgement.
pub(crate) fn acknowledgement(request: &[u8]) -> Vec<u8> {
    let mut body = vec![0; 4];
    body.extend_from_slice(&request[..16]);
    message(2, seq_of(request), &body)
}

/// One datagram of a `LIST_CONNS` answer with three connections of 96 bytes each.
pub(crate) fn three_connections() -> Vec<u8> {
    (1..=3_u32)
        .flat_map(|cid| {
            let mut nest = attribute(1, &[127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            nest.extend(attribute(2, &443_u16.to_ne_bytes()));
            nest.extend(attribute(3, &[127, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
            nest.extend(attribute(4, &40_000_u16.to_ne_bytes()));
            nest.extend(attribute(5, &[1]));
            nest.extend(attribute(6, &cid.to_ne_bytes()));
            let mut body = vec![0, 1, 0, 0];
            body.extend(attribute(0x800e, &nest));
            message(1024, [0; 4], &body)
        })
        .collect()
}
