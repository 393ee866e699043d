//! Two hosts with a router between them, each a network namespace.
//!
//! Loss and marking happen in the router, so that what a capture sees at a host is exactly what that host sent or received.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use anyhow::Result;

use crate::napi;
use crate::netns::Namespace;
use crate::offloads;

/// One of the two hosts of a [`Path`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Side {
    /// The host that connects.
    Client,
    /// The host that listens.
    Server,
}

impl Side {
    /// The name of the device of the host, the same in the host and in the router (they are different namespaces).
    #[must_use]
    pub fn device(self) -> &'static str {
        match self {
            Self::Client => "client0",
            Self::Server => "server0",
        }
    }

    /// The other host.
    #[must_use]
    pub fn peer(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }

    /// The host's IPv4 address.
    #[must_use]
    pub fn ipv4(self) -> IpAddr {
        match self {
            Self::Client => Ipv4Addr::new(10, 77, 0, 1).into(),
            Self::Server => Ipv4Addr::new(10, 77, 1, 1).into(),
        }
    }

    /// The host's IPv6 address.
    #[must_use]
    pub fn ipv6(self) -> IpAddr {
        match self {
            Self::Client => Ipv6Addr::new(0xfd77, 0, 0, 0, 0, 0, 0, 1).into(),
            Self::Server => Ipv6Addr::new(0xfd77, 0, 0, 1, 0, 0, 0, 1).into(),
        }
    }

    /// The router's addresses on the host's link.
    fn gateways(self) -> (&'static str, &'static str) {
        match self {
            Self::Client => ("10.77.0.254", "fd77::fe"),
            Self::Server => ("10.77.1.254", "fd77:0:0:1::fe"),
        }
    }
}

/// Client, router and server. Packets cross one hop, so they arrive with a TTL one lower than they left with.
#[derive(Debug)]
pub struct Path {
    client: Namespace,
    server: Namespace,
    pub(crate) router: Namespace,
}

impl Path {
    /// Makes the three namespaces, joined by links of `mtu` octets without segmentation offloads.
    ///
    /// # Errors
    ///
    /// As [`Namespace::new`], and when the kernel has no veth devices.
    pub fn new(mtu: u16) -> Result<Self> {
        let path = Self {
            client: Namespace::new()?,
            server: Namespace::new()?,
            router: Namespace::new()?,
        };
        path.router.sysctl("ipv4/ip_forward", "1")?;
        path.router.sysctl("ipv6/conf/all/forwarding", "1")?;
        for side in [Side::Client, Side::Server] {
            path.link(side, mtu)?;
        }
        Ok(path)
    }

    /// The namespace of the host at `side`.
    #[must_use]
    pub fn host(&self, side: Side) -> &Namespace {
        match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }

    /// The two hosts and the router.
    #[must_use]
    pub fn namespaces(&self) -> [&Namespace; 3] {
        [&self.client, &self.server, &self.router]
    }

    /// Joins the host at `side` to the router, with addresses and a default route.
    fn link(&self, side: Side, mtu: u16) -> Result<()> {
        let (host, device) = (self.host(side), side.device());
        let there = host.path().display().to_string();
        self.router.ip(&format!(
            "link add {device} mtu {mtu} type veth peer name {device} mtu {mtu} netns {there}"
        ))?;
        for end in [&self.router, host] {
            // Router discovery and duplicate address detection would only add packets and seconds.
            end.sysctl(&format!("ipv6/conf/{device}/accept_ra"), "0")?;
            end.sysctl(&format!("ipv6/conf/{device}/accept_dad"), "0")?;
            end.run(|| offloads::disable(device))?;
            end.ip(&format!("link set {device} up"))?;
        }
        napi::receive_in_thread(host, device)?;
        let (gateway4, gateway6) = side.gateways();
        self.router.ip(&format!("addr add {gateway4}/24 dev {device}"))?;
        self.router.ip(&format!("addr add {gateway6}/64 dev {device} nodad"))?;
        host.ip(&format!("addr add {}/24 dev {device}", side.ipv4()))?;
        host.ip(&format!("addr add {}/64 dev {device} nodad", side.ipv6()))?;
        host.ip(&format!("route add default via {gateway4}"))?;
        host.ip(&format!("-6 route add default via {gateway6}"))
    }
}
