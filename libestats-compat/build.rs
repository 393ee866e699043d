//! Makes one of the libraries of this source, the one that the package is named after: gives it the name that `Web10G` programs
//! ask the dynamic linker for, and tells the source which one it is.

use std::path::Path;
use std::{env, fs};

use estats_spec::libraries::{self, GetMib};

fn main() {
    // Nothing but the package's name and the list of libraries, a dependency, has a say in this.
    println!("cargo:rerun-if-changed=Cargo.toml");
    let package = env::var("CARGO_PKG_NAME").expect("cargo sets it");
    let artifact = match package.as_str() {
        "libestats-compat" => "estats".to_owned(),
        generation => generation.replace('-', "_"),
    };
    let index = libraries::ALL
        .iter()
        .position(|library| library.artifact == artifact)
        .unwrap_or_else(|| panic!("{artifact} is not among the libraries of estats-spec"));
    let library = libraries::ALL[index];

    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,{}", library.soname);
    println!("cargo:rustc-check-cfg=cfg(layout, values(\"l0\", \"l1\", \"l2\", \"l3\"))");
    println!("cargo:rustc-cfg=layout=\"{}\"", library.layout.name());
    println!("cargo:rustc-check-cfg=cfg(get_mib, values(\"absent\", \"returns\", \"prints\"))");
    let get_mib = match library.get_mib {
        GetMib::Absent => "absent",
        GetMib::Returns => "returns",
        GetMib::Prints => "prints",
    };
    println!("cargo:rustc-cfg=get_mib=\"{get_mib}\"");
    println!("cargo:rustc-check-cfg=cfg(list_check)");
    if library.list_check {
        println!("cargo:rustc-cfg=list_check");
    }

    // What differs and is a number or a table is no option: the source reads it from the list.
    let directory = env::var_os("OUT_DIR").expect("cargo sets it");
    let expression = format!("estats_spec::libraries::ALL[{index}]");
    fs::write(Path::new(&directory).join("library.rs"), expression).expect("cargo made the directory");
}
