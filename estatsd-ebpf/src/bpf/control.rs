//! What the daemon wants, which may change while the programs run.

use estatsd_ebpf::Control;

use crate::kernel::constant;

/// Written by the daemon at any time.
#[unsafe(no_mangle)]
#[unsafe(link_section = ".data")]
static CONTROL: u32 = 0;

/// The daemon's wishes at this moment.
#[inline(always)]
pub(crate) fn control() -> Control {
    Control::from_word(constant(&CONTROL))
}
