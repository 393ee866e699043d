//! What is wrong with a file.

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// Fewer bytes than a file without records has.
    #[error("{0} bytes are no record file: one without any record has 5")]
    TooShort(usize),
    /// There are whole records and no checksum behind them.
    #[error("the checksum at the end is missing: the program that wrote the file did not close it")]
    NotCompleted,
    /// The checksum is that of other bytes.
    #[error("the checksum at the end is not that of the file: it was changed or cut short, or is no record file")]
    Changed,
    /// The first byte is neither that of a little-endian nor that of a big-endian writer.
    #[error("the first byte is {0}, and should be 0 (little-endian) or 1 (big-endian)")]
    Order(u8),
    /// The header would be longer than the file.
    #[error("a header of {0} bytes is announced, and the file is shorter")]
    Header(u16),
    /// The file is not damaged, but another generation's.
    #[error(
        "records of {size} bytes leave {beyond} over: another generation wrote the file ({})",
        if fitting.is_empty() { "none that is known".to_owned() } else { format!("it fits {}", fitting.join(", ")) }
    )]
    Format {
        /// Bytes of a record of the expected format.
        size: usize,
        /// Bytes behind the last whole one.
        beyond: usize,
        /// Names of the generations that the file fits.
        fitting: Vec<&'static str>,
    },
}

impl Damage {
    /// What the C library says in this case. It did not notice each of them by itself.
    #[must_use]
    pub fn legacy(&self) -> &'static str {
        match self {
            Self::TooShort(_) | Self::NotCompleted | Self::Changed => "Checksum error",
            Self::Order(_) | Self::Header(_) | Self::Format { .. } => "End of file",
        }
    }
}
