//! Takes in the BPF object that `cargo xtask build` has made for this daemon.

use std::{env, fs, path::PathBuf};

fn main() {
    println!("cargo::rerun-if-env-changed=ESTATSD_BPF_OBJECT");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("estatsd.bpf.o");
    let object = match env::var_os("ESTATSD_BPF_OBJECT") {
        Some(path) => {
            println!("cargo::rerun-if-changed={}", path.display());
            fs::read(&path).unwrap_or_else(|error| panic!("ESTATSD_BPF_OBJECT={}: {error}", path.display()))
        }
        // The daemon then says at start what it lacks, so that editors and documentation tools need no BPF toolchain.
        None => Vec::new(),
    };
    fs::write(&out, object).expect("OUT_DIR is writable");
}
