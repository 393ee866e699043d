//! The kernel side as the daemon sees it: load the programs, follow connections, read one.

mod btf;
mod cgroup;
mod clock;
mod layout;
mod mapped;
mod namespaces;
mod privileges;
mod programs;
mod reader;
mod socket;
mod walk;

pub use clock::{Clock, monotonic_now_ns};
pub use privileges::require as require_privileges;
pub use programs::{Kernel, News, Options};
pub use reader::{Connection, Handle};
pub use socket::Socket;

/// What `estatsd check` looks at, one finding each, in the order in which start-up needs them.
pub mod check;

/// Fields that estatsd would read, were they in this kernel.
///
/// # Errors
///
/// The kernel's type information cannot be read, or lacks what estatsd cannot do without.
pub fn missing_fields() -> anyhow::Result<Vec<&'static estatsd_ebpf::layout::Wanted>> {
    Ok(layout::resolve(&btf::Btf::from_file(btf::VMLINUX)?)?.missing)
}
