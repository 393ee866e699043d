//! The compiled programs, made to fit the running kernel.

use anyhow::{Context as _, Result, anyhow, bail};
use estatsd_ebpf::{
    Layout,
    blanks::{self, Unfit},
};
use object::{Object as _, ObjectSection as _, SectionKind, read::elf::ElfFile64};

/// The object with all [blanks](blanks) filled in.
///
/// # Errors
///
/// It is no object file, or does not belong to this daemon, or the kernel has a field where no program can load it.
pub(super) fn fitted(object: &[u8], layout: &Layout) -> Result<Vec<u8>> {
    let mut fitted = object.to_vec();
    let file: ElfFile64 = ElfFile64::parse(object).context("the BPF programs of this estatsd are damaged")?;
    for section in file.sections().filter(|section| section.kind() == SectionKind::Text) {
        let Some((start, length)) = section.file_range() else {
            continue;
        };
        let program = usize::try_from(start)
            .ok()
            .zip(usize::try_from(length).ok())
            .and_then(|(start, length)| fitted.get_mut(start..)?.get_mut(..length))
            .context("the BPF programs of this estatsd are cut off")?;
        match blanks::fill(program, layout) {
            Ok(()) => {}
            Err(Unfit::Unknown) => {
                bail!("the BPF programs of this estatsd are not its own: build it with `cargo xtask build`")
            }
            Err(Unfit::OutOfReach(offset)) => {
                return Err(anyhow!(
                    "this kernel has a field at offset {offset}, where no program can load it"
                ));
            }
        }
    }
    Ok(fitted)
}
