//! Compile-time proof that a Rust structure has the size and offsets of the C structure that old programs were built with.

macro_rules! assert_layout {
    ($type:ty, size $size:literal, $($field:ident @ $offset:literal),+ $(,)?) => {
        const _: () = {
            assert!(size_of::<$type>() == $size, concat!("size of ", stringify!($type)));
            $(assert!(
                ::core::mem::offset_of!($type, $field) == $offset,
                concat!("offset of ", stringify!($type), "::", stringify!($field)),
            );)+
        };
    };
}
