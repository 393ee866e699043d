//! The kernel's own list of TCP sockets, `/proc/net/tcp` and `tcp6`: socket owner, inode and state by 4-tuple.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use estats_spec::wire::{ADDR_TYPE_IPV4, ADDR_TYPE_IPV6};

use crate::record_file::End;

/// What a line says about a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Socket {
    /// The `st` column: the kernel's state number.
    pub state: i32,
    /// Owner.
    pub uid: u32,
    /// Inode; 0 when no file is left.
    pub inode: u64,
}

/// Local and remote end.
pub(super) type Ends = (End, End);

/// Reads both tables below `proc`. A missing table (no IPv6) or a lost race with a closing socket only means fewer sockets.
pub(super) fn read(proc: &Path) -> HashMap<Ends, Socket> {
    let mut sockets = HashMap::new();
    for table in ["net/tcp", "net/tcp6"] {
        if let Ok(file) = File::open(proc.join(table)) {
            sockets.extend(
                BufReader::new(file)
                    .lines()
                    .map_while(io::Result::ok)
                    .filter_map(|line| parse(&line)),
            );
        }
    }
    sockets
}

/// One line: `sl local remote st tx:rx timer retransmits uid timeout inode ...`. None for the title.
fn parse(line: &str) -> Option<(Ends, Socket)> {
    let columns: Vec<&str> = line.split_whitespace().take(10).collect();
    let &[_, local, remote, state, _, _, _, uid, _, inode] = columns.as_slice() else {
        return None;
    };
    let (local, remote) = (end(local)?, end(remote)?);
    // A connected socket has both ends in one family; a v4-mapped one shows as IPv4 on both.
    if local.kind != remote.kind {
        return None;
    }
    let socket = Socket {
        state: i32::from_str_radix(state, 16).ok()?,
        uid: uid.parse().ok()?,
        inode: inode.parse().ok()?,
    };
    Some(((local, remote), socket))
}

/// `address:port` in hexadecimal. The kernel prints an address as 32-bit words of its own byte order.
///
/// A v4-mapped address comes out as IPv4, the form in which the connection is listed.
fn end(text: &str) -> Option<End> {
    const MAPPED: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let mut bytes = [0; 16];
    let words = address.as_bytes().chunks(8);
    let (count, length) = (words.len(), address.len());
    for (word, place) in words.zip(bytes.chunks_exact_mut(4)) {
        let word = u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok()?;
        place.copy_from_slice(&word.to_ne_bytes());
    }
    match (count, length) {
        (1, 8) => Some(End {
            address: bytes,
            port,
            kind: ADDR_TYPE_IPV4,
        }),
        (4, 32) => match bytes.strip_prefix(&MAPPED) {
            Some(v4) => {
                let mut mapped = [0; 16];
                mapped[..4].copy_from_slice(v4);
                Some(End {
                    address: mapped,
                    port,
                    kind: ADDR_TYPE_IPV4,
                })
            }
            None => Some(End {
                address: bytes,
                port,
                kind: ADDR_TYPE_IPV6,
            }),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Lines as a little-endian kernel prints them.

    #[test]
    fn an_ipv4_line_gives_tuple_owner_inode_and_state() {
        let line =
            "   7: 0100007F:1F90 0200007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0 20 4";
        let ((local, remote), socket) = parse(line).unwrap();
        assert_eq!(local.address[..4], [127, 0, 0, 1]);
        assert_eq!(remote.address[..4], [127, 0, 0, 2]);
        assert_eq!((local.port, remote.port, local.kind), (8080, 50000, ADDR_TYPE_IPV4));
        assert_eq!(local.address[4..], [0; 12]);
        assert_eq!(
            socket,
            Socket {
                state: 1,
                uid: 1000,
                inode: 4242
            }
        );
    }

    #[test]
    fn an_ipv6_line_gives_network_order_bytes() {
        let line =
            "  0: B80D0120000000000000000001000000:0016 B80D0120000000000000000002000000:0400 08 0:0 0:0 0 0 0 9 1";
        let ((local, remote), socket) = parse(line).unwrap();
        assert_eq!(
            local.address,
            "2001:db8::1".parse::<std::net::Ipv6Addr>().unwrap().octets()
        );
        assert_eq!(
            remote.address,
            "2001:db8::2".parse::<std::net::Ipv6Addr>().unwrap().octets()
        );
        assert_eq!((remote.kind, socket.state), (ADDR_TYPE_IPV6, 8));
    }

    #[test]
    fn a_v4_mapped_connection_is_ipv4() {
        let line =
            "  0: 0000000000000000FFFF00000100007F:0016 0000000000000000FFFF00000100007F:0400 01 0:0 0:0 0 0 0 9 1";
        let ((local, _), _) = parse(line).unwrap();
        assert_eq!(
            (local.kind, &local.address[..5]),
            (ADDR_TYPE_IPV4, &[127, 0, 0, 1, 0][..])
        );
    }

    #[test]
    fn title_and_damaged_lines_are_left_out() {
        for line in [
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
            "",
            "   7: 0100007F:1F90 0200007F:C350 01",
            "   7: 0100007F:1F90 0200007F:C3500 01 0:0 0:0 0 1000 0 4242",
            "   7: 0100007:1F90 0200007F:C350 01 0:0 0:0 0 1000 0 4242",
            "   7: 0100007\u{e9}:1F90 0200007F:C350 01 0:0 0:0 0 1000 0 4242",
        ] {
            assert_eq!(parse(line), None, "{line}");
        }
    }
}
