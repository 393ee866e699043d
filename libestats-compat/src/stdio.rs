//! The C library's streams: what this library prints must come out in order with what the program prints.

use std::ffi::{CStr, c_char, c_int};

unsafe extern "C" {
    /// The standard output stream of `<stdio.h>`.
    static stdout: *mut libc::FILE;
}

/// Prints on the program's standard output. A failure shows in the stream's error indicator, as for the program's own output.
pub(crate) fn print(text: &[u8]) {
    // SAFETY: `stdout` is a valid stream from before `main` on; C programs do not assign it while another thread prints.
    unsafe { print_to(stdout, text) };
}

/// Prints on a stream.
///
/// # Safety
/// `stream` is an open stream.
pub(crate) unsafe fn print_to(stream: *mut libc::FILE, text: &[u8]) {
    // SAFETY: the buffer is readable for its length; the stream is this function's contract.
    unsafe { libc::fwrite(text.as_ptr().cast(), 1, text.len(), stream) };
}

/// Prints the system's description of an error number on standard output, on a line of its own.
pub(crate) fn print_errno(errno: c_int) {
    let mut line = describe(errno);
    line.push(b'\n');
    print(&line);
}

/// The system's description of an error number, as `strerror` gives it but safe with threads.
pub(crate) fn describe(errno: c_int) -> Vec<u8> {
    let mut text = [0 as c_char; 128];
    // SAFETY: the buffer is writable for its length; the XSI function always terminates it.
    unsafe {
        libc::strerror_r(errno, text.as_mut_ptr(), text.len());
        CStr::from_ptr(text.as_ptr()).to_bytes().to_vec()
    }
}

/// The calling thread's error number.
pub(crate) fn errno() -> c_int {
    // SAFETY: the pointer is valid for the calling thread.
    unsafe { *libc::__errno_location() }
}
