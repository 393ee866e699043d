//! Where C meets Rust: no panic crosses it, and NULL becomes an error.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{self, NonNull};

use crate::error::{Error, EstatsError, Number};

/// Runs the body of an export that returns `estats_error *`.
///
/// A panic becomes `ESTATS_ERR_UNKNOWN`; the panic hook has by then told stderr where it happened.
pub(crate) fn answer(body: impl FnOnce() -> Result<(), Error>) -> *mut EstatsError {
    // AssertUnwindSafe: what a panic leaves half done is either local to the call or behind a lock that ignores poison
    // because every state it guards is valid.
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => ptr::null_mut(),
        Ok(Err(error)) => error.into_raw(),
        Err(_) => Error::from(Number::Unknown).into_raw(),
    }
}

/// Runs the body of any other export; `fallback` is its result when it panics.
pub(crate) fn shield<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(fallback)
}

/// The object behind an argument.
///
/// # Safety
/// `argument` is NULL or points to a valid `T` that nobody writes to for as long as the caller of this function uses it.
///
/// # Errors
/// `ESTATS_ERR_INVAL` when it is NULL.
pub(crate) unsafe fn given<'a, T>(argument: *const T) -> Result<&'a T, Error> {
    // SAFETY: this function's contract.
    unsafe { argument.as_ref() }.ok_or_else(|| Number::Inval.into())
}

/// The place behind an out-parameter, which may be uninitialised.
///
/// # Errors
/// `ESTATS_ERR_INVAL` when it is NULL.
pub(crate) fn place<T>(argument: *mut T) -> Result<NonNull<T>, Error> {
    NonNull::new(argument).ok_or_else(|| Number::Inval.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{estats_error_free, estats_error_get_number};

    #[test]
    fn a_panic_becomes_an_error_that_the_caller_frees() {
        let mut error = answer(|| panic!("on purpose"));
        // SAFETY: the error is ours.
        unsafe {
            assert_eq!(estats_error_get_number(error), Number::Unknown as i32);
            estats_error_free(&raw mut error);
        }
        assert!(error.is_null());
    }

    #[test]
    fn a_panic_without_an_error_to_return_gives_the_fallback() {
        assert_eq!(shield(7, || panic!("on purpose")), 7);
    }
}
