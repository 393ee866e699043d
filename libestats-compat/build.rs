//! Gives the shared library the name that `Web10G` programs ask the dynamic linker for.

fn main() {
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libestats.so.1");
    println!("cargo:rerun-if-changed=build.rs");
}
