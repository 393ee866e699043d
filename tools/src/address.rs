//! Addresses as text.

use std::net::{IpAddr, Ipv4Addr};

/// The text that the C library gives for an address.
///
/// It differs from Rust's for IPv6 addresses whose first 96 bits are zero and whose next 16 are not: their end is written
/// like an IPv4 address.
#[must_use]
pub fn text(address: IpAddr) -> String {
    match address {
        IpAddr::V6(v6) if v6.segments()[..6] == [0; 6] && v6.segments()[6] != 0 => {
            let [.., a, b, c, d] = v6.octets();
            format!("::{}", Ipv4Addr::new(a, b, c, d))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    /// Expected texts are those of glibc's `inet_ntop`.
    #[test]
    fn as_the_c_library_writes_them() {
        for (address, expected) in [
            ("10.1.2.3", "10.1.2.3"),
            ("::", "::"),
            ("::1", "::1"),
            ("::ffff", "::ffff"),
            ("::102:304", "::1.2.3.4"),
            ("::1:5", "::0.1.0.5"),
            ("::ffff:1.2.3.4", "::ffff:1.2.3.4"),
            ("::ffff:0:1.2.3.4", "::ffff:0:102:304"),
            ("64:ff9b::1.2.3.4", "64:ff9b::102:304"),
            ("1:0:0:2:0:0:3:4", "1::2:0:0:3:4"),
            ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
            ("2001:DB8::A", "2001:db8::a"),
        ] {
            assert_eq!(text(address.parse().expect("an address")), expected);
        }
    }
}
