//! The virtual machine.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::transcript::Transcript;
use crate::{process, watchdog};

/// The emulator.
pub(super) const EMULATOR: &str = "qemu-system-x86_64";

/// Longest time in which a test prints nothing.
const PATIENCE: Duration = Duration::from_secs(600);

/// How the machine is made.
///
/// Its clock counts instructions, two nanoseconds each, and leaps ahead when there is nothing to do. So the guest is as fast as
/// a real machine as far as it can tell, however slow or busy this one is, and the bounds that tests derive from clock readings
/// hold. `-no-reboot` with the kernel's `panic=-1` ends the emulator where a kernel panics.
const OPTIONS: &str = "-accel tcg -icount shift=1,sleep=off -cpu max -smp 1 -m 1G -nodefaults -display none -serial stdio \
     -no-reboot";

/// Boots `image` with the first file system `initrd`, shows what the guest says behind the kernel's `release`, and returns it when the
/// guest has ended.
///
/// # Errors
/// When the emulator does not start, or fails.
pub(super) fn boot(release: &str, image: &Path, initrd: &Path) -> Result<Transcript> {
    let mut command = Command::new(EMULATOR);
    command
        .args(OPTIONS.split_whitespace())
        .arg("-kernel")
        .arg(image)
        .arg("-initrd")
        .arg(initrd)
        .args(["-append", "console=ttyS0 quiet panic=-1"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut child = command
        .spawn()
        .with_context(|| format!("could not start `{}`", process::shown(&command)))?;
    let mut console = BufReader::new(child.stdout.take().context("the pipe that was asked for")?);
    let mut transcript = Transcript::default();
    let followed = watchdog::watch(
        std::process::id(),
        PATIENCE,
        io::stdout(),
        |mut shown| -> io::Result<()> {
            let mut line = Vec::new();
            while console.read_until(b'\n', &mut line)? != 0 {
                let text = String::from_utf8_lossy(&line);
                if let Some(text) = transcript.add(text.trim_end()) {
                    // In one piece: other guests speak, too.
                    shown.write_all(format!("{release}: {text}\n").as_bytes())?;
                }
                line.clear();
            }
            Ok(())
        },
    );
    let status = child.wait()?;
    followed.context("could not follow the guest's console")?;
    ensure!(status.success(), "`{}` failed ({status})", process::shown(&command));
    Ok(transcript)
}
