//! The file of a record: its start, its end, and reading and writing in between.

use std::ffi::c_int;
use std::ptr::NonNull;

use estats_protocol::record_file::{Order, Start, Sum};

use crate::error::{Error, Number};
use crate::stdio;

/// The C stream of a record.
#[derive(Clone, Copy)]
pub(super) struct Stream(pub(super) NonNull<libc::FILE>);

impl Stream {
    fn failed() -> Error {
        Error::libc(stdio::errno(), None)
    }

    /// Reads until `buffer` is full or the file ends.
    fn read_some(self, buffer: &mut [u8]) -> Result<usize, Error> {
        // SAFETY: the buffer is writable for its length and the stream is open.
        unsafe {
            let count = libc::fread(buffer.as_mut_ptr().cast(), 1, buffer.len(), self.0.as_ptr());
            if count < buffer.len() && libc::ferror(self.0.as_ptr()) != 0 {
                Err(Self::failed())
            } else {
                Ok(count)
            }
        }
    }

    /// Fills `buffer`; `ESTATS_ERR_EOF` when the file ends before.
    pub(super) fn read(self, buffer: &mut [u8]) -> Result<(), Error> {
        if self.read_some(buffer)? == buffer.len() {
            Ok(())
        } else {
            Err(Number::Eof.into())
        }
    }

    pub(super) fn write(self, bytes: &[u8]) -> Result<(), Error> {
        // SAFETY: the buffer is readable for its length and the stream is open.
        let count = unsafe { libc::fwrite(bytes.as_ptr().cast(), 1, bytes.len(), self.0.as_ptr()) };
        if count == bytes.len() {
            Ok(())
        } else {
            Err(Self::failed())
        }
    }

    fn seek(self, offset: libc::c_long, whence: c_int) -> Result<(), Error> {
        // SAFETY: the stream is open.
        if unsafe { libc::fseek(self.0.as_ptr(), offset, whence) } == 0 {
            Ok(())
        } else {
            Err(Self::failed())
        }
    }

    /// The sum over the whole file.
    fn sum(self) -> Result<Sum, Error> {
        let (mut sum, mut buffer) = (Sum::default(), [0; 1 << 14]);
        self.seek(0, libc::SEEK_SET)?;
        loop {
            let count = self.read_some(&mut buffer)?;
            sum.add(&buffer[..count]);
            if count < buffer.len() {
                return Ok(sum);
            }
        }
    }

    /// Verifies a file and goes to its first record. Tells whether it is in the other byte order.
    pub(super) fn begin_reading(self) -> Result<bool, Error> {
        if !self.sum()?.is_complete() {
            return Err(Number::ChkSum.into());
        }
        self.seek(0, libc::SEEK_SET)?;
        let mut start = [0; 3];
        self.read(&mut start)?;
        let start = Start::parse(start);
        self.seek(start.header.into(), libc::SEEK_CUR)?;
        Ok(start.order != Ok(Order::NATIVE))
    }

    /// Starts a file.
    pub(super) fn begin_writing(self) -> Result<(), Error> {
        self.write(&Start::new(Order::NATIVE).bytes())
    }

    /// Completes a written file.
    pub(super) fn finish(self) -> Result<(), Error> {
        let trailer = self.sum()?.trailer();
        self.seek(0, libc::SEEK_END)?;
        self.write(&trailer)
    }
}
