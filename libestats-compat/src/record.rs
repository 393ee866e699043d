//! `struct estats_record`: a file of recorded values.
//!
//! Its format is [`estats_protocol::record_file`]; here it meets the C library's streams and objects.

mod codec;
mod stream;

use std::ffi::{CStr, c_char, c_int};
use std::ptr::{self, NonNull};

use self::codec::{SIZE, decode, encode};
use self::stream::Stream;
use crate::boundary::{answer, given, place, shield};
use crate::error::{Error, EstatsError, Number};
use crate::val_data::{LENGTH, ValData};
use crate::{memory, stdio};

/// `struct estats_record`.
#[repr(C)]
#[derive(Debug)]
pub struct Record {
    fp: *mut libc::FILE,
    /// 1 when the file was written in the other byte order.
    swap: c_int,
    /// Not used.
    bufsize: c_int,
    /// Number of values in a record.
    nvars: c_int,
    /// [`READING`] or [`WRITING`].
    mode: c_int,
}

assert_layout!(Record, size 24, fp @ 0, swap @ 8, bufsize @ 12, nvars @ 16, mode @ 20);

/// `R_MODE`.
const READING: c_int = 0;
/// `W_MODE`.
const WRITING: c_int = 1;

/// Opens the file `path` and sets `*record`, owned by the caller, who gives it to [`estats_record_close`]. Mode "r" verifies
/// the checksum (`ESTATS_ERR_CHKSUM`); mode "w" starts a new file; any other is invalid. Strings are borrowed.
///
/// # Safety
/// `record` is NULL or valid for writes; `path` and `mode` are NULL or strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_record_open(
    record: *mut *mut Record,
    path: *const c_char,
    mode: *const c_char,
) -> *mut EstatsError {
    answer(|| {
        let slot = place(record)?;
        // SAFETY: this function's contract: the slot is writable, the others are strings unless NULL.
        let (path, first) = unsafe {
            slot.write(ptr::null_mut());
            (
                given(path).map(|path| CStr::from_ptr(path))?,
                given(mode)?.to_ne_bytes()[0],
            )
        };
        let (mode, stdio_mode) = match first {
            b'r' => (READING, c"r"),
            // Writable and readable: the checksum is taken from the file at the end.
            b'w' => (WRITING, c"w+"),
            _ => return Err(Number::Inval.into()),
        };
        // SAFETY: both are strings.
        let fp = unsafe { libc::fopen(path.as_ptr(), stdio_mode.as_ptr()) };
        let fp = NonNull::new(fp).ok_or_else(|| Error::libc(stdio::errno(), Some(path)))?;
        let begun = match mode {
            READING => Stream(fp).begin_reading(),
            _ => Stream(fp).begin_writing().map(|()| false),
        };
        // SAFETY: zero bytes are a valid Record.
        match begun.and_then(|swap| Ok((swap, unsafe { memory::zeroed::<Record>(0) }?))) {
            Ok((swap, record)) => {
                let content = Record {
                    fp: fp.as_ptr(),
                    swap: swap.into(),
                    bufsize: 0,
                    nvars: LENGTH,
                    mode,
                };
                // SAFETY: just allocated; the slot is writable.
                unsafe {
                    record.write(content);
                    slot.write(record.as_ptr());
                }
                Ok(())
            }
            Err(error) => {
                // SAFETY: opened above and not handed out.
                unsafe { libc::fclose(fp.as_ptr()) };
                Err(error)
            }
        }
    })
}

/// Completes a written file with its checksum, closes it, frees the record and sets `*record` to NULL. A file that could not
/// be completed shows when it is opened for reading.
///
/// # Safety
/// `record` is NULL or valid; `*record` is NULL or a record of this library that nobody uses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_record_close(record: *mut *mut Record) {
    shield((), || {
        // SAFETY: this function's contract.
        unsafe {
            memory::release_slot(record, |record| {
                if let Some(fp) = NonNull::new((*record.as_ptr()).fp) {
                    if (*record.as_ptr()).mode == WRITING {
                        // There is nobody to tell: the function returns nothing.
                        let _ = Stream(fp).finish();
                    }
                    libc::fclose(fp.as_ptr());
                }
                memory::free(record.as_ptr());
            });
        }
    });
}

/// The stream of a record that is open in the given direction.
///
/// # Safety
/// `record` is NULL or a record of this library that nobody else uses at the time.
unsafe fn stream(record: *const Record, mode: c_int) -> Result<(Stream, bool), Error> {
    // SAFETY: this function's contract.
    let record = unsafe { given(record)? };
    if record.mode != mode {
        return Err(Number::Access.into());
    }
    let fp = NonNull::new(record.fp).ok_or(Number::File)?;
    Ok((Stream(fp), record.swap != 0))
}

/// Sets `*data` to a new object with the next record, owned by the caller, who frees it with `estats_val_data_free`. After the
/// last record the error is `ESTATS_ERR_EOF` and `*data` NULL. The cid is 0.
///
/// # Safety
/// `data` is NULL or valid for writes; `record` is NULL or a record of this library that nobody else uses at the time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_record_read_data(data: *mut *mut ValData, record: *mut Record) -> *mut EstatsError {
    answer(|| {
        // SAFETY: this function's contract.
        let (stream, swap) = unsafe { stream(record, READING)? };
        let slot = place(data)?;
        // SAFETY: the slot is writable.
        unsafe { slot.write(ptr::null_mut()) };
        let mut bytes = [0; SIZE];
        stream.read(&mut bytes)?;
        let data = decode(&bytes, swap)?;
        // SAFETY: as above.
        unsafe { slot.write(data.as_ptr()) };
        Ok(())
    })
}

/// Appends the values to the file. They are borrowed. All variables of this library have to be there: the file could not
/// tell which are not.
///
/// # Safety
/// `record` is NULL or a record of this library that nobody else uses at the time; `data` is NULL or valid, with as many values
/// as its length says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_record_write_data(record: *mut Record, data: *mut ValData) -> *mut EstatsError {
    answer(|| {
        let data = place(data)?.as_ptr();
        // SAFETY: this function's contract.
        unsafe {
            let (stream, _) = stream(record, WRITING)?;
            if (*data).length != LENGTH {
                return Err(Number::Inval.into());
            }
            stream.write(&encode(data))
        }
    })
}
