//! The kernel side as the daemon sees it: load the programs, follow connections, read one.

mod btf;
mod cgroup;
mod clock;
mod glances;
mod layout;
mod listening;
mod mapped;
mod mapping;
mod namespaces;
mod news;
mod object;
mod privileges;
mod programs;
mod reader;
mod ring;
mod socket;
mod spans;
mod walk;

use estatsd_ebpf::{Field, Layout, layout::Wanted};

pub use clock::{Clock, Lead, Uptime, monotonic_now_ns};
pub use listening::Listening;
pub use news::{Last, News};
pub use privileges::require as require_privileges;
pub use programs::Kernel;
pub use reader::{Connection, Handle};
pub use socket::Socket;

/// What `estatsd check` looks at, one finding each, in the order in which start-up needs them.
pub mod check;

/// Fields that estatsd would read, were they in this kernel.
///
/// # Errors
///
/// The kernel's type information cannot be read, or lacks what estatsd cannot do without.
pub fn missing_fields() -> anyhow::Result<Vec<&'static Wanted>> {
    Ok(layout::resolve(&btf::Btf::from_file(btf::VMLINUX)?)?.missing)
}

/// Every field that estatsd reads, and where it is in this kernel.
///
/// # Errors
///
/// As [`missing_fields`].
pub fn fields() -> anyhow::Result<Vec<(&'static Wanted, Option<Field>)>> {
    let btf = btf::Btf::from_file(btf::VMLINUX)?;
    let missing = layout::resolve(&btf)?.missing;
    let place = |wanted: &'static Wanted| {
        let there = !missing.iter().any(|other| std::ptr::eq(*other, wanted));
        there.then(|| layout::find(&btf, wanted)).flatten()
    };
    Ok(Layout::WANTED.iter().map(|wanted| (wanted, place(wanted))).collect())
}
