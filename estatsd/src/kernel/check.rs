use estatsd_ebpf::{Control, Layout};

use super::{Kernel, btf, cgroup, layout, privileges};

/// One thing that estatsd needs or can use.
pub struct Finding {
    /// What it is.
    pub name: &'static str,
    /// Whether the kernel or the system has it.
    pub ok: bool,
    /// What was found, or what to do.
    pub detail: String,
}

/// Looks at everything, without stopping at the first lack. Loads and attaches the programs for a moment.
#[must_use]
pub fn run() -> Vec<Finding> {
    let mut findings = vec![release()];
    let mut add = |name, result: anyhow::Result<String>| {
        let (ok, detail) = match result {
            Ok(detail) => (true, detail),
            Err(error) => (false, format!("{error:#}")),
        };
        findings.push(Finding { name, ok, detail });
    };
    add("privileges", privileges::require().map(|()| "sufficient".to_owned()));
    add(
        "type information",
        btf::Btf::from_file(btf::VMLINUX).map(|_| btf::VMLINUX.to_owned()),
    );
    add("kernel fields", fields());
    add("cgroup v2", cgroup::root().map(|root| root.display().to_string()));
    add(
        "programs",
        Kernel::start(Control::default()).and_then(|mut kernel| {
            kernel.count(true)?;
            Ok(format!("load and attach, {} Hz", kernel.clock().hz))
        }),
    );
    findings
}

fn release() -> Finding {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_else(|_| "unknown".to_owned());
    Finding {
        name: "kernel",
        ok: true,
        detail: release.trim().to_owned(),
    }
}

fn fields() -> anyhow::Result<String> {
    let resolved = layout::resolve(&btf::Btf::from_file(btf::VMLINUX)?)?;
    if resolved.missing.is_empty() {
        return Ok(format!("all {}", Layout::COUNT));
    }
    let missing: Vec<_> = resolved
        .missing
        .iter()
        .map(|w| format!("{}.{}", w.within, w.path))
        .collect();
    Ok(format!(
        "{} of {}; not there: {}",
        Layout::COUNT - missing.len(),
        Layout::COUNT,
        missing.join(", ")
    ))
}
