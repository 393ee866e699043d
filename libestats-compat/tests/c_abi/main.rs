//! The library as a C program sees it: through its headers, its symbols and a dynamic linker.

mod exchange;
mod headers;
mod mib_var_header;
mod objects;
mod records;
mod sharing;
mod support;
mod symbols;
