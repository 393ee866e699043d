//! The program's own table of variables: which library of Web10G it has, and what stands at which index for it.
//!
//! Every library exports the table, and most programs have a copy of it, which is what the dynamic linker finds first. Its size is in the
//! symbol table. The functions beside it tell the generation of the protocol, which the names of the variables alone do not.

use estats_spec::{
    libraries,
    wire::{Generation, W1, W1T, W2, W3, W3P},
};
use libc::{c_char, c_int, c_void, size_t};
use std::ffi::CStr;

/// A variable of the table: `struct estats_var`, `struct tcpe_var`.
#[repr(C)]
struct Var {
    name: *const c_char,
    /// `ESTATS_VAL_TYPE`.
    stored: c_int,
    _type: c_int,
}

/// The table, which lives as long as the library that it belongs to.
pub(crate) struct Table {
    first: *const Var,
    count: usize,
    pub(crate) wire: &'static Generation,
}

impl Table {
    /// The table of the library that the program has loaded; `None` if it has none.
    pub(crate) fn find() -> Option<Self> {
        Self::of(libc::RTLD_DEFAULT).or_else(|| Private::find().and_then(|library| Self::of(library.0)))
    }

    fn of(scope: *mut c_void) -> Option<Self> {
        let has = |name: &CStr| !symbol(scope, name).is_null();
        let (table, wire) = if has(c"tcpe_client_init") {
            (c"tcpe_var_array", &W1)
        } else if has(c"estats_connection_tuple_copy") {
            (c"estats_var_array", &W1T)
        } else if has(c"estats_get_timestamp") {
            (c"estats_var_array", &W3P)
        } else if has(c"estats_get_mib") {
            (c"estats_var_array", &W3)
        } else {
            (c"estats_var_array", &W2)
        };
        let first = symbol(scope, table);
        let count = size_of_object(first)? / size_of::<Var>();
        Some(Self {
            first: first.cast(),
            count,
            wire,
        })
    }

    /// Name and `ESTATS_VAL_TYPE` of each variable, in the order of the table.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&CStr, c_int)> {
        (0..self.count).filter_map(|index| {
            // SAFETY: the symbol table says that there are so many, and the library keeps them as long as it is loaded; programs do
            // not write to them.
            let variable = unsafe { &*self.first.add(index) };
            // SAFETY: where there is a name, it is a C string of the library.
            let name = (!variable.name.is_null()).then(|| unsafe { CStr::from_ptr(variable.name) })?;
            Some((name, variable.stored))
        })
    }
}

fn symbol(scope: *mut c_void, name: &CStr) -> *mut c_void {
    // SAFETY: the scope is RTLD_DEFAULT or an open library, the name a C string.
    unsafe { libc::dlsym(scope, name.as_ptr()) }
}

/// Size of the object at `address` as its symbol has it; `None` if there is none.
#[cfg(all(target_env = "gnu", target_pointer_width = "64"))]
fn size_of_object(address: *const c_void) -> Option<usize> {
    /// `RTLD_DL_SYMENT`.
    const SYMBOL: c_int = 1;
    if address.is_null() {
        return None;
    }
    // SAFETY: all zeros is a valid Dl_info, and both results live through the call. The extra result is a symbol, or null.
    unsafe {
        let mut info: libc::Dl_info = std::mem::zeroed();
        let mut found = std::ptr::null_mut();
        let known = libc::dladdr1(address, &raw mut info, &raw mut found, SYMBOL) != 0;
        let symbol = found.cast::<libc::Elf64_Sym>().as_ref().filter(|_| known)?;
        usize::try_from(symbol.st_size).ok()
    }
}

/// Other C libraries do not tell.
#[cfg(not(all(target_env = "gnu", target_pointer_width = "64")))]
fn size_of_object(_: *const c_void) -> Option<usize> {
    None
}

/// A library of Web10G that was loaded for a part of the program only, as a plugin of an interpreter loads it.
struct Private(*mut c_void);

impl Private {
    fn find() -> Option<Self> {
        let mut path = [0; PATH_ROOM];
        // SAFETY: the callback has the type that the call demands, and gets the array that it expects.
        let found = unsafe { libc::dl_iterate_phdr(Some(copy_path), (&raw mut path).cast()) } != 0;
        if !found {
            return None;
        }
        // SAFETY: the path ends with a NUL. RTLD_NOLOAD runs nothing: the library is there.
        let library = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOLOAD | libc::RTLD_LAZY) };
        (!library.is_null()).then_some(Self(library))
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        // SAFETY: dlopen has returned the handle. The program holds another one as long as it uses the library.
        unsafe { libc::dlclose(self.0) };
    }
}

const PATH_ROOM: usize = 4096;

/// Copies the path of the object into the array at `path` and ends the walk if it is a library of Web10G.
unsafe extern "C" fn copy_path(object: *mut libc::dl_phdr_info, _: size_t, path: *mut c_void) -> c_int {
    // SAFETY: the C library passes a valid object, whose name is null or a C string.
    let name = unsafe {
        let name = (*object).dlpi_name;
        if name.is_null() {
            return 0;
        }
        CStr::from_ptr(name)
    };
    let bytes = name.to_bytes_with_nul();
    let file = name.to_bytes().rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let is_one = libraries::ALL
        .iter()
        .any(|library| file.starts_with(library.soname.as_bytes()));
    if !is_one || bytes.len() > PATH_ROOM {
        return 0;
    }
    // SAFETY: `find` passes an array of PATH_ROOM octets.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), path.cast(), bytes.len()) };
    1
}
