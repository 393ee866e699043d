//! Addresses as text.

use std::fmt::{self, Display, Formatter};
use std::net::{IpAddr, Ipv4Addr};

/// An address as the C library writes it.
///
/// It differs from Rust's for IPv6 addresses whose first 96 bits are zero and whose next 16 are not: their end is written
/// like an IPv4 address.
pub struct Text(pub IpAddr);

impl Display for Text {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V6(v6) if v6.segments()[..6] == [0; 6] && v6.segments()[6] != 0 => {
                let [.., a, b, c, d] = v6.octets();
                write!(formatter, "::{}", Ipv4Addr::new(a, b, c, d))
            }
            other => other.fmt(formatter),
        }
    }
}

/// The text of an [address](Text).
#[must_use]
pub fn text(address: IpAddr) -> String {
    Text(address).to_string()
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
