//! What the originals spoke with the kernel.

/// The numbers that differ between the generations of the protocol.
#[derive(Clone, Copy)]
pub(crate) struct Wire {
    mask: u16,
    tuple: u16,
    cid: u16,
    address: u16,
    time: u16,
    own_tuple: bool,
    paged: bool,
}

impl Wire {
    /// As a C program is told of them.
    pub(crate) fn defines(self) -> [(&'static str, u16); 7] {
        [
            ("ASKED_MASK", self.mask),
            ("TUPLE", self.tuple),
            ("CID", self.cid),
            ("ADDRESS", self.address),
            ("TIME", self.time),
            ("OWN_TUPLE", self.own_tuple.into()),
            ("PAGED", self.paged.into()),
        ]
    }
}

/// 2012: neither the time nor the connection comes with its values.
pub(crate) const W1: Wire = Wire {
    mask: 11,
    tuple: 12,
    cid: 5,
    address: 17,
    time: 0,
    own_tuple: false,
    paged: false,
};

/// 2013.
pub(crate) const W1T: Wire = Wire {
    time: 14,
    own_tuple: true,
    ..W1
};

/// 2013 to 2014.
pub(crate) const W2: Wire = Wire {
    mask: 13,
    tuple: 14,
    cid: 6,
    address: 16,
    time: 16,
    ..W1T
};

/// From September 2014.
pub(crate) const W3P: Wire = Wire { paged: true, ..W2 };
