//! The start of a request, by which it is seen which peer it is for.

use estats_spec::wire::routing::HEAD;
use libc::{iovec, msghdr};

/// Copies the start of a scattered datagram together, and returns how much of `head` was filled.
///
/// # Safety
/// `message` describes readable memory, as `sendmsg` demands.
pub(crate) unsafe fn gather(message: &msghdr, head: &mut [u8; HEAD]) -> usize {
    let parts: &[iovec] = if message.msg_iov.is_null() {
        &[]
    } else {
        // SAFETY: the caller vouches for the array of msg_iovlen elements.
        unsafe { std::slice::from_raw_parts(message.msg_iov, message.msg_iovlen) }
    };
    let mut filled = 0;
    for part in parts.iter().filter(|part| !part.iov_base.is_null()) {
        let room = head.get_mut(filled..).unwrap_or_default();
        let length = room.len().min(part.iov_len);
        // SAFETY: the caller vouches for iov_len readable bytes; `room` has at least `length`, and is our own.
        unsafe { std::ptr::copy_nonoverlapping(part.iov_base.cast::<u8>(), room.as_mut_ptr(), length) };
        filled += length;
    }
    filled
}
