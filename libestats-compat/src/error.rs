//! `struct estats_error`: why a call failed.

mod accessors;
mod number;

use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr;

pub use self::accessors::*;
pub use self::number::Number;
use crate::boundary::shield;
use crate::library::LIBRARY;
use crate::{memory, stdio};

/// `struct estats_error`. Opaque to C, which uses the accessors below.
#[repr(C)]
#[derive(Debug)]
pub struct EstatsError {
    num: c_int,
    /// Static: [`Number::message`], or owned when `num` is [`Number::Libc`].
    msg: *const c_char,
    /// Owned, or NULL.
    xtra: *mut c_char,
    /// Borrowed from the creator, or NULL.
    file: *const c_char,
    /// -1 when there is none.
    line: c_int,
    /// Borrowed from the creator, or NULL.
    function: *const c_char,
}

assert_layout!(EstatsError, size 48, num @ 0, msg @ 8, xtra @ 16, file @ 24, line @ 32, function @ 40);

struct StaticError(EstatsError);

// SAFETY: never written to, and its strings are static.
unsafe impl Sync for StaticError {}

impl StaticError {
    const fn new(number: Number, message: &'static CStr, line: u32) -> Self {
        StaticError(EstatsError {
            num: match number {
                Number::Unknown => LIBRARY.unknown_error,
                known => known as c_int,
            },
            msg: message.as_ptr(),
            xtra: ptr::null_mut(),
            file: c"error.rs".as_ptr(),
            line: line.cast_signed(),
            function: ptr::null(),
        })
    }

    const fn as_raw(&'static self) -> *mut EstatsError {
        (&raw const self.0).cast_mut()
    }
}

/// What `estats_error_new` gives for a number outside the table.
static OUT_OF_RANGE: StaticError = StaticError::new(Number::Unknown, c"Error not found in error table", line!());
/// What it gives when there is no memory for an error.
static OUT_OF_MEMORY: StaticError = StaticError::new(Number::NoMem, c"Out of memory", line!());

/// A failure on the Rust side of the boundary; [`Error::into_raw`] makes the C object of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Error {
    number: Number,
    /// The error text's number for [`Number::Libc`].
    errno: c_int,
    /// What stands before the message.
    extra: Option<CString>,
}

impl From<Number> for Error {
    fn from(number: Number) -> Self {
        Error {
            number,
            errno: 0,
            extra: None,
        }
    }
}

impl Error {
    /// A failed exchange with the daemon; `step` names what failed, in the original's words.
    #[must_use]
    pub fn genl(step: &CStr) -> Self {
        Error {
            extra: Some(step.to_owned()),
            ..Number::Genl.into()
        }
    }

    /// A failed system call, and what it was about.
    #[must_use]
    pub fn libc(errno: c_int, about: Option<&CStr>) -> Self {
        Error {
            number: Number::Libc,
            errno,
            extra: about.map(CStr::to_owned),
        }
    }

    /// The kind of failure.
    #[must_use]
    pub fn number(&self) -> Number {
        self.number
    }

    /// The C object, which the receiver frees. Like the original's release builds it tells no place in the source.
    #[must_use]
    pub fn into_raw(self) -> *mut EstatsError {
        allocate(
            self.number,
            self.errno,
            self.extra.as_deref(),
            ptr::null(),
            -1,
            ptr::null(),
        )
    }
}

fn allocate(
    number: Number,
    errno: c_int,
    extra: Option<&CStr>,
    file: *const c_char,
    line: c_int,
    function: *const c_char,
) -> *mut EstatsError {
    // SAFETY: zero bytes are a valid EstatsError: integers and NULL pointers.
    let Ok(error) = (unsafe { memory::zeroed::<EstatsError>(0) }) else {
        return OUT_OF_MEMORY.as_raw();
    };
    let msg = match number {
        Number::Libc => CString::new(stdio::describe(errno))
            .ok()
            .and_then(|text| memory::duplicate(&text).ok()),
        _ => ptr::NonNull::new(number.message().as_ptr().cast_mut()),
    };
    let xtra = extra.map(memory::duplicate);
    let (Some(msg), Ok(xtra)) = (msg, xtra.transpose()) else {
        return OUT_OF_MEMORY.as_raw();
    };
    let content = EstatsError {
        num: number.in_c(),
        msg: msg.as_ptr(),
        xtra: xtra.map_or(ptr::null_mut(), ptr::NonNull::as_ptr),
        file,
        line,
        function,
    };
    // SAFETY: freshly allocated for one EstatsError.
    unsafe { error.write(content) };
    error.as_ptr()
}

/// A new error, owned by the caller. `xtra` is copied; `file` and `function` are kept as they are and have to outlive it.
/// A number outside the table gives a static error.
///
/// # Safety
/// The strings are NULL or NUL-terminated.
#[cfg_attr(layout = "l0", unsafe(export_name = "tcpe_error_new"))]
#[cfg_attr(not(layout = "l0"), unsafe(no_mangle))]
#[must_use]
pub unsafe extern "C" fn estats_error_new(
    number: c_int,
    xtra: *const c_char,
    file: *const c_char,
    line: c_int,
    function: *const c_char,
) -> *mut EstatsError {
    let errno = stdio::errno();
    shield(OUT_OF_RANGE.as_raw(), || {
        let Some(number) = Number::from_raw(number) else {
            return OUT_OF_RANGE.as_raw();
        };
        // SAFETY: this function's contract.
        let extra = (!xtra.is_null()).then(|| unsafe { CStr::from_ptr(xtra) });
        allocate(number, errno, extra, file, line, function)
    })
}

/// Frees `*error` and sets it to NULL. The two static errors stay as they are, and so does the pointer to them.
///
/// # Safety
/// `error` is NULL or valid; `*error` is NULL or an error of this library that nobody uses any more.
#[cfg_attr(layout = "l0", unsafe(export_name = "tcpe_error_free"))]
#[cfg_attr(not(layout = "l0"), unsafe(no_mangle))]
pub unsafe extern "C" fn estats_error_free(error: *mut *mut EstatsError) {
    shield((), || {
        // SAFETY: this function's contract.
        let Some(slot) = (unsafe { error.as_mut() }) else {
            return;
        };
        if [OUT_OF_RANGE.as_raw(), OUT_OF_MEMORY.as_raw()].contains(slot) {
            return;
        }
        // SAFETY: `*slot` came from `allocate`, which owns exactly these strings.
        unsafe {
            memory::release_slot(slot, |error| {
                let EstatsError { num, msg, xtra, .. } = error.read();
                if num == Number::Libc as c_int {
                    memory::free(msg.cast_mut());
                }
                memory::free(xtra);
                memory::free(error.as_ptr());
            });
        }
    });
}

/// Prints an error on a stream: `[xtra: ]message[ at file][:line][ in function name]` and a newline. Nothing for NULL.
///
/// # Safety
/// `stream` is NULL or an open stream; `error` is NULL or an error of this library, borrowed.
#[cfg_attr(layout = "l0", unsafe(export_name = "tcpe_error_print"))]
#[cfg_attr(not(layout = "l0"), unsafe(no_mangle))]
pub unsafe extern "C" fn estats_error_print(stream: *mut libc::FILE, error: *const EstatsError) {
    shield((), || {
        // SAFETY: this function's contract.
        let Some(error) = (unsafe { error.as_ref() }) else {
            return;
        };
        if !stream.is_null() {
            // SAFETY: the error's strings are NULL or NUL-terminated; the stream is open.
            unsafe { stdio::print_to(stream, &line_of(error)) };
        }
    });
}

/// The printed form.
///
/// # Safety
/// The strings in `error` are NULL or NUL-terminated.
unsafe fn line_of(error: &EstatsError) -> Vec<u8> {
    let mut line = Vec::new();
    let mut part = |before: &str, text: *const c_char, after: &str| {
        if !text.is_null() {
            line.extend_from_slice(before.as_bytes());
            // SAFETY: this function's contract.
            line.extend_from_slice(unsafe { CStr::from_ptr(text) }.to_bytes());
            line.extend_from_slice(after.as_bytes());
        }
    };
    part("", error.xtra, ": ");
    part("", error.msg, "");
    part(" at ", error.file, "");
    if error.line != -1 {
        line.extend_from_slice(format!(":{}", error.line).as_bytes());
    }
    if !error.function.is_null() {
        line.extend_from_slice(b" in function ");
        // SAFETY: this function's contract.
        line.extend_from_slice(unsafe { CStr::from_ptr(error.function) }.to_bytes());
    }
    line.push(b'\n');
    line
}
