//! How a file starts: with the byte order of its writer.

use estats_spec::WireType;

use crate::value::Value;

/// The byte order of a writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Low byte first.
    Little,
    /// High byte first.
    Big,
}

/// How a file starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// The byte order, or the first byte if it stands for none.
    pub order: Result<Order, u8>,
    /// Bytes between this and the first record: 0 in every file that a library wrote.
    pub header: u16,
}

impl Start {
    /// The start of a file by a writer of this byte order.
    #[must_use]
    pub fn new(order: Order) -> Self {
        Self {
            order: Ok(order),
            header: 0,
        }
    }

    /// Reads the first bytes of a file.
    #[must_use]
    pub fn parse([order, header @ ..]: [u8; 3]) -> Self {
        let order = match order {
            0 => Ok(Order::Little),
            1 => Ok(Order::Big),
            other => Err(other),
        };
        // The C library takes whatever is not its own byte order for the other one.
        let header = order.unwrap_or(Order::NATIVE.other()).u16(header);
        Self { order, header }
    }

    /// The first bytes of a file.
    #[must_use]
    pub fn bytes(self) -> [u8; 3] {
        let (first, header) = match self.order {
            Ok(Order::Little) => (0, self.header.to_le_bytes()),
            Ok(Order::Big) => (1, self.header.to_be_bytes()),
            Err(other) => (other, Order::NATIVE.other().bytes_of_u16(self.header)),
        };
        [first, header[0], header[1]]
    }
}

impl Order {
    /// That of this machine.
    pub const NATIVE: Self = if cfg!(target_endian = "big") {
        Self::Big
    } else {
        Self::Little
    };

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Little => Self::Big,
            Self::Big => Self::Little,
        }
    }

    pub(super) fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    pub(super) fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    fn u64(self, bytes: [u8; 8]) -> u64 {
        match self {
            Self::Little => u64::from_le_bytes(bytes),
            Self::Big => u64::from_be_bytes(bytes),
        }
    }

    pub(super) fn bytes_of_u16(self, number: u16) -> [u8; 2] {
        match self {
            Self::Little => number.to_le_bytes(),
            Self::Big => number.to_be_bytes(),
        }
    }

    pub(super) fn bytes_of_u32(self, number: u32) -> [u8; 4] {
        match self {
            Self::Little => number.to_le_bytes(),
            Self::Big => number.to_be_bytes(),
        }
    }

    fn bytes_of_u64(self, number: u64) -> [u8; 8] {
        match self {
            Self::Little => number.to_le_bytes(),
            Self::Big => number.to_be_bytes(),
        }
    }

    /// The value in a C union: a narrow one is in its first bytes.
    pub(super) fn value(self, union: [u8; 8], wire: WireType) -> Value {
        let [a, b, c, d, ..] = union;
        match wire {
            WireType::U64 => Value::U64(self.u64(union)),
            WireType::U32 => Value::U32(self.u32([a, b, c, d])),
            WireType::S32 => Value::S32(self.u32([a, b, c, d]).cast_signed()),
            WireType::U16 => Value::U16(self.u16([a, b])),
            WireType::U8 => Value::U8(a),
        }
    }

    /// The opposite of [`Order::value`]; the bytes beside a narrow value are zero.
    pub(super) fn union(self, value: Value) -> [u8; 8] {
        let mut union = [0; 8];
        match value {
            Value::U64(number) => union = self.bytes_of_u64(number),
            Value::U32(number) => union[..4].copy_from_slice(&self.bytes_of_u32(number)),
            Value::S32(number) => union[..4].copy_from_slice(&self.bytes_of_u32(number.cast_unsigned())),
            Value::U16(number) => union[..2].copy_from_slice(&self.bytes_of_u16(number)),
            Value::U8(number) => union[0] = number,
        }
        union
    }
}
