//! Additions that no other processor and no interrupt gets between.
//!
//! The standard library has none for this target, which lacks compare-and-swap in its oldest version. Both instructions are in all
//! kernels that have the hooks (the second one since 5.12).

use core::arch::asm;

/// Adds to a counter.
///
/// # Safety
///
/// `counter` is valid for writes, as the verifier has to see.
#[inline(always)]
pub(crate) unsafe fn add(counter: *mut u64, amount: u64) {
    // SAFETY: the caller vouches for the address.
    unsafe { asm!("lock *(u64 *)({counter} + 0) += {amount}", counter = in(reg) counter, amount = in(reg) amount) };
}

/// Adds one to a counter and returns what it was before.
///
/// # Safety
///
/// As [`add`].
#[inline(always)]
pub(crate) unsafe fn fetch_add_one(counter: *mut u64) -> u64 {
    let mut value = 1u64;
    // SAFETY: the caller vouches for the address.
    unsafe {
        asm!(
            "{value} = atomic_fetch_add((u64 *)({counter} + 0), {value})",
            counter = in(reg) counter,
            value = inout(reg) value,
        );
    };
    value
}
