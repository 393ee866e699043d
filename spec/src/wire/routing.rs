//! Which peer a request is for, where one socket serves both the kernel and the daemon.

use super::{FAMILY_ID, FAMILY_NAME, GENL_ID_CTRL, HEADER_LEN, ctrl_attr};

/// As much of a datagram as is looked at: the headers and a controller request with all the attributes that name a family.
pub const HEAD: usize = 128;

const ATTRIBUTE_HEADER: usize = 4;

/// The two upper bits of an attribute type are flags (nested, network byte order).
const ATTRIBUTE_TYPE_MASK: u16 = 0x3fff;

/// Whether the datagram that starts with `head` is for the daemon: a command of the family `tcp_estats`, or a controller
/// request that names this family. The first message decides for the whole datagram.
///
/// The daemon's family id is beyond the kernel's range, so there is nothing to remember from one request to the next.
#[must_use]
pub fn is_for_daemon(head: &[u8]) -> bool {
    match u16_at(head, 4) {
        Some(FAMILY_ID) => true,
        Some(GENL_ID_CTRL) => names_family(head.get(HEADER_LEN..).unwrap_or_default()),
        _ => false,
    }
}

/// Whether the datagram is for no family at all, as the commands of a legacy program are that failed to find the family and
/// did not notice.
///
/// The kernel acknowledges such a message and does nothing. A program whose look-up failed because the daemon died would take that
/// for an empty list, so whoever leads it to the daemon refuses the message instead.
#[must_use]
pub fn has_no_family(head: &[u8]) -> bool {
    u16_at(head, 4).is_some_and(|kind| kind < GENL_ID_CTRL)
}

fn names_family(mut attributes: &[u8]) -> bool {
    while let (Some(length), Some(kind)) = (u16_at(attributes, 0), u16_at(attributes, 2)) {
        let Some(payload) = attributes.get(ATTRIBUTE_HEADER..usize::from(length)) else {
            return false;
        };
        let named = match kind & ATTRIBUTE_TYPE_MASK {
            ctrl_attr::FAMILY_NAME => payload.strip_suffix(b"\0").unwrap_or(payload) == FAMILY_NAME.as_bytes(),
            ctrl_attr::FAMILY_ID => u16_at(payload, 0) == Some(FAMILY_ID),
            _ => false,
        };
        if named {
            return true;
        }
        attributes = attributes
            .get(usize::from(length).next_multiple_of(4)..)
            .unwrap_or_default();
    }
    false
}

fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    bytes.get(offset..)?.first_chunk().copied().map(u16::from_ne_bytes)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::is_for_daemon;
    use std::vec::Vec;

    /// A controller request for a family name, as libmnl and the original library lay it out.
    fn get_family(name: &str) -> Vec<u8> {
        let attribute = 4 + name.len() + 1;
        let mut request = Vec::new();
        request.extend_from_slice(&u32::try_from(20 + attribute.next_multiple_of(4)).unwrap().to_ne_bytes());
        request.extend_from_slice(&16_u16.to_ne_bytes());
        request.extend_from_slice(&5_u16.to_ne_bytes());
        request.extend_from_slice(&[0; 8]);
        request.extend_from_slice(&[3, 1, 0, 0]);
        request.extend_from_slice(&u16::try_from(attribute).unwrap().to_ne_bytes());
        request.extend_from_slice(&2_u16.to_ne_bytes());
        request.extend_from_slice(name.as_bytes());
        request.resize(20 + attribute.next_multiple_of(4), 0);
        request
    }

    #[test]
    fn family_by_name() {
        assert_eq!(get_family("tcp_estats").len(), 36);
        assert!(is_for_daemon(&get_family("tcp_estats")));
        assert!(!is_for_daemon(&get_family("tcp_estats2")));
        assert!(!is_for_daemon(&get_family("tcp_estat")));
        assert!(!is_for_daemon(&get_family("nlctrl")));
    }

    #[test]
    fn family_by_name_behind_another_attribute() {
        let mut request = get_family("tcp_estats");
        let version = [&8_u16.to_ne_bytes()[..], &3_u16.to_ne_bytes(), &1_u32.to_ne_bytes()].concat();
        request.splice(20..20, version);
        assert!(is_for_daemon(&request));
    }

    #[test]
    fn commands_go_by_message_type() {
        let mut command = get_family("nlctrl");
        command[4..6].copy_from_slice(&1024_u16.to_ne_bytes());
        assert!(is_for_daemon(&command));
        for kernel in [0_u16, 2, 17, 1023] {
            command[4..6].copy_from_slice(&kernel.to_ne_bytes());
            assert!(!is_for_daemon(&command), "{kernel}");
        }
    }

    #[test]
    fn every_prefix_of_a_request_is_the_kernels() {
        let request = get_family("tcp_estats");
        for length in 0..35 {
            assert!(!is_for_daemon(&request[..length]), "{length}");
        }
    }

    #[test]
    fn attribute_lengths_are_not_believed() {
        for length in [0_u16, 1, 3, 100, u16::MAX] {
            let mut request = get_family("tcp_estats");
            request[20..22].copy_from_slice(&length.to_ne_bytes());
            assert!(!is_for_daemon(&request), "{length}");
        }
    }
}
