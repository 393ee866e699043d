//! Which connections are wanted.

use estats_protocol::Tuple;
use std::net::IpAddr;
use std::str::FromStr;

/// Options that choose connections; what is not given does not matter. Later ones override earlier ones.
#[derive(clap::Args, Debug, Default)]
pub struct Filter {
    /// Address of either end.
    #[arg(long, value_name = "NET")]
    addr: Option<String>,
    /// Address of this end.
    #[arg(long, value_name = "NET")]
    local_addr: Option<String>,
    /// Address of the other end.
    #[arg(long, value_name = "NET")]
    rem_addr: Option<String>,
    /// Port of either end.
    #[arg(long, value_name = "PORT")]
    port: Option<String>,
    /// Port of this end.
    #[arg(long, value_name = "PORT")]
    local_port: Option<String>,
    /// Port of the other end.
    #[arg(long, value_name = "PORT")]
    rem_port: Option<String>,
}

/// The part of a usage text about these options.
pub const USAGE: &str = "  --addr net, --local-addr net, --rem-addr net
                 only connections with this address, or an address in
                 this network (10.0.0.0/8), at either end, at this, at
                 the other
  --port n, --local-port n, --rem-port n
                 only connections with this port
";

impl Filter {
    /// A test whether a connection is wanted.
    ///
    /// # Errors
    ///
    /// What is wrong with an option.
    pub fn wanted(&self) -> Result<impl Fn(&Tuple) -> bool + use<>, String> {
        let addresses =
            [&self.addr, &self.local_addr, &self.rem_addr].map(|argument| parsed::<Network>(argument.as_deref()));
        let [either, local, remote] = addresses;
        let addresses = [either?, local?, remote?];
        let [either, local, remote] =
            [&self.port, &self.local_port, &self.rem_port].map(|argument| parsed::<Port>(argument.as_deref()));
        let ports = [either?, local?, remote?];
        Ok(move |tuple: &Tuple| {
            let (local, remote) = (tuple.local, tuple.remote);
            fits(
                addresses,
                |network| network.has(local.0),
                |network| network.has(remote.0),
            ) && fits(ports, |port| port.0 == local.1, |port| port.0 == remote.1)
        })
    }
}

/// Whether both ends fit what is wanted of either, of the local and of the remote one.
fn fits<T: Copy>(wanted: [Option<T>; 3], local: impl Fn(T) -> bool, remote: impl Fn(T) -> bool) -> bool {
    let [of_either, of_local, of_remote] = wanted;
    of_either.is_none_or(|wanted| local(wanted) || remote(wanted))
        && of_local.is_none_or(&local)
        && of_remote.is_none_or(&remote)
}

fn parsed<T: FromStr<Err = String>>(argument: Option<&str>) -> Result<Option<T>, String> {
    argument.map(str::parse).transpose()
}

#[derive(Clone, Copy, Debug)]
struct Port(u16);

impl FromStr for Port {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| format!("'{text}' is no port"))
    }
}

/// An address with the number of its bits that count.
#[derive(Clone, Copy, Debug)]
struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    fn has(self, address: IpAddr) -> bool {
        let differing = match (self.address, address) {
            (IpAddr::V4(mine), IpAddr::V4(other)) => (mine.to_bits() ^ other.to_bits()).leading_zeros(),
            (IpAddr::V6(mine), IpAddr::V6(other)) => (mine.to_bits() ^ other.to_bits()).leading_zeros(),
            _ => return false,
        };
        differing >= self.bits
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let none = || format!("'{text}' is neither an address nor a network such as 10.0.0.0/8");
        let (address, bits) = text
            .split_once('/')
            .map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| none())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.parse().map_err(|_| none()))?;
        if bits > most {
            return Err(none());
        }
        Ok(Self { address, bits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(filter: &Filter, local: (&str, u16), remote: (&str, u16)) -> bool {
        let end = |(address, port): (&str, u16)| (address.parse().expect("an address"), port);
        filter.wanted().expect("a filter")(&Tuple::new(1, end(local), end(remote)))
    }

    #[test]
    fn nothing_given_is_everything() {
        assert!(wanted(&Filter::default(), ("::1", 1), ("::2", 2)));
    }

    #[test]
    fn either_end_or_a_certain_one() {
        let (near, far) = (("10.0.0.1", 22), ("192.0.2.7", 4000));
        let addr = |net: &str| Filter {
            addr: Some(net.to_owned()),
            ..Filter::default()
        };
        assert!(wanted(&addr("10.0.0.1"), near, far) && wanted(&addr("10.0.0.1"), far, near));
        assert!(!wanted(&addr("10.0.0.2"), near, far));
        let local = Filter {
            local_addr: Some("10.0.0.1".to_owned()),
            ..Filter::default()
        };
        assert!(wanted(&local, near, far) && !wanted(&local, far, near));
        let remote = Filter {
            rem_port: Some("4000".to_owned()),
            ..Filter::default()
        };
        assert!(wanted(&remote, near, far) && !wanted(&remote, far, near));
        let both = Filter {
            port: Some("22".to_owned()),
            rem_addr: Some("192.0.2.0/24".to_owned()),
            ..Filter::default()
        };
        assert!(wanted(&both, near, far) && !wanted(&both, far, near));
    }

    #[test]
    fn networks() {
        for (net, address, inside) in [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/31", "10.0.0.1", true),
            ("10.0.0.0/31", "10.0.0.2", false),
            ("0.0.0.0/0", "1.2.3.4", true),
            ("0.0.0.0/0", "::1", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/33", "2001:db8:ffff::1", false),
            ("::1", "::1", true),
            ("::1", "::2", false),
        ] {
            let network: Network = net.parse().expect("a network");
            assert_eq!(
                network.has(address.parse().expect("an address")),
                inside,
                "{net} {address}"
            );
        }
        for net in ["", "10.0.0.0/33", "::/129", "10/8", "10.0.0.0/", "10.0.0.0/-1", "host"] {
            assert!(net.parse::<Network>().is_err(), "{net}");
        }
        for port in ["", "-1", "65536", "http"] {
            assert!(port.parse::<Port>().is_err(), "{port}");
        }
    }
}
