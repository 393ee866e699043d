//! What is inside a guest: programs, the libraries that they need, kernel modules, and a script that runs them in turn.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};

use super::cpio::Archive;
use super::modules::Module;
use super::transcript::MARK;
use crate::tally::SECOND_CHANCES;
use crate::{process, workspace};

/// Programs of this machine that the tests run.
const TOOLS: [&str; 3] = ["ip", "tc", "nft"];
/// Programs of this workspace that the tests run.
const BUILT: [&str; 3] = ["estatsd", "listconns", "readvars"];
/// Where programs are, there.
const PROGRAMS: &str = "/usr/bin";

/// Something that the guest does.
#[derive(Debug)]
pub(super) struct Step {
    /// A word.
    pub(super) name: String,
    /// As a shell takes it.
    pub(super) command: String,
}

/// What all guests have.
#[derive(Debug)]
pub(super) struct Contents {
    /// The program that is the shell, and everything that the script uses; linked statically.
    pub(super) busybox: PathBuf,
    /// Names and paths of test programs.
    pub(super) tests: Vec<(String, PathBuf)>,
    /// What to do.
    pub(super) steps: Vec<Step>,
    /// How many tests are run at least.
    pub(super) tests_at_least: usize,
}

impl Contents {
    /// The first file system of a guest with these kernel modules.
    ///
    /// # Errors
    /// When a program or a library is missing.
    pub(super) fn pack(&self, modules: &[Module]) -> Result<Vec<u8>> {
        let mut archive = Archive::default();
        for directory in ["/dev", "/proc", "/run", "/sys", "/tmp", "/etc"] {
            archive.directory(directory)?;
        }
        archive.file("/bin/busybox", &read(&self.busybox)?)?;
        archive.file("/etc/passwd", b"root:x:0:0:root:/:/bin/sh\n")?;
        archive.file("/etc/group", b"root:x:0:\n")?;
        archive.file("/init", script(modules, &self.steps)?.as_bytes())?;
        for module in modules {
            archive.file(Path::new("/modules").join(&module.name), &module.content)?;
        }
        for tool in TOOLS {
            let path = process::find(tool).with_context(|| format!("`{tool}` is not installed"))?;
            add_program(&mut archive, tool, &path, &read(&path)?)?;
        }
        let built = BUILT.map(|name| (name.to_owned(), workspace::target_dir().join("debug").join(name)));
        for (name, path) in built.iter().chain(&self.tests) {
            add_program(&mut archive, name, path, &without_debug_information(path)?)?;
        }
        archive.finish()
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("could not read {}", path.display()))
}

/// Adds a program under `name`, with the libraries that it is linked to.
fn add_program(archive: &mut Archive, name: &str, path: &Path, content: &[u8]) -> Result<()> {
    archive.file(Path::new(PROGRAMS).join(name), content)?;
    for library in libraries(&process::read(Command::new("ldd").arg(path))?) {
        // Under the name that the program has for it, whatever it is a link to.
        archive.file(library, &read(Path::new(library))?)?;
    }
    Ok(())
}

/// Paths in the output of ldd(1): `libc.so.6 => /lib/libc.so.6 (0x7f00)`, or `/lib64/ld-linux.so.2 (0x7f00)`.
fn libraries(ldd: &str) -> impl Iterator<Item = &str> {
    ldd.lines().filter_map(|line| {
        let place = line.split_once("=>").map_or(line, |(_, place)| place);
        place.split_whitespace().next().filter(|path| path.starts_with('/'))
    })
}

/// A program of this workspace without what only a debugger reads, which is most of it.
fn without_debug_information(program: &Path) -> Result<Vec<u8>> {
    /// Guests are packed side by side, and there is one file for what `strip` writes.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let stripped = workspace::target_dir().join("matrix/stripped");
    let mut strip = Command::new("strip");
    process::run(strip.arg("--strip-debug").arg("-o").arg(&stripped).arg(program))?;
    read(&stripped)
}

/// The guest's first program: it does all steps, also after one that failed, and switches the machine off.
fn script(modules: &[Module], steps: &[Step]) -> Result<String> {
    let mut script = format!(
        "#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH={PROGRAMS}:/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t cgroup2 cgroup /sys/fs/cgroup
mount -t tmpfs tmp /tmp
seconds() {{ cut -d' ' -f1 /proc/uptime; }}
{}
# The firmware leaves the cursor behind its last word.
echo
echo {MARK} booted $(seconds)
",
        tests()
    );
    for module in modules {
        writeln!(script, "insmod /modules/{}", module.name)?;
    }
    writeln!(script, "ip link set lo up")?;
    for Step { name, command } in steps {
        writeln!(script, "echo {MARK} begin {name}\n{command}\necho {MARK} end {name} $?")?;
    }
    // Ends what is still running, and with it the machine: the kernel does not go on without its first program.
    writeln!(script, "echo {MARK} over $(seconds)\npoweroff -f")?;
    Ok(script)
}

/// A function of the shell that runs a test program with arguments, one test at a time: the guest has one processor, and its time is
/// only what it computes. A few tests that failed are run once more.
fn tests() -> String {
    format!(
        r#"tests() {{
    program=$1 said=$(mktemp -d)/said
    shift
    {{ "$program" --test-threads 1 "$@"; echo $? >"$said.status"; }} | tee "$said"
    failed=$(sed -n 's/^test \(.*\) \.\.\. FAILED$/\1/p' "$said")
    count=$(echo $failed | wc -w)
    if [ $count -lt 1 ] || [ $count -gt {SECOND_CHANCES} ]; then return $(cat "$said.status"); fi
    echo {MARK} again $count
    "$program" --test-threads 1 --exact $failed
}}"#
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn libraries_are_those_with_a_path() {
        let ldd = "\tlinux-vdso.so.1 (0x00007ffd)\n\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f0f)\n\
                   \t/lib64/ld-linux-x86-64.so.2 (0x00007f10)\n\tlibgone.so => not found\n\tstatically linked\n";
        let found: Vec<_> = libraries(ldd).collect();
        assert_eq!(
            found,
            ["/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2"]
        );
    }

    #[test]
    fn the_script_is_one_that_a_shell_takes_and_marks_every_step() {
        let module = Module {
            name: "veth".to_owned(),
            content: Vec::new(),
        };
        let steps = [("one", "true"), ("two", "false")].map(|(name, command)| Step {
            name: name.to_owned(),
            command: command.to_owned(),
        });
        let script = script(&[module], &steps).unwrap();
        process::run(Command::new("sh").args(["-n", "-c", &script])).unwrap();
        // The steps alone, as the shell does them.
        let (_, marked) = script.split_once("ip link set lo up\n").unwrap();
        let (marked, _) = marked.split_once("echo matrix: over").unwrap();
        let said = process::read(Command::new("sh").args(["-c", marked])).unwrap();
        assert_eq!(
            said,
            "matrix: begin one\nmatrix: end one 0\nmatrix: begin two\nmatrix: end two 1"
        );
    }

    /// A program that prints what a test program does whose tests `failed` the first time, and `again` the second.
    fn run_twice(failed: &str, again: &str) -> String {
        let program =
            std::env::temp_dir().join(format!("twice-{}-{failed}-{again}", std::process::id()).replace(' ', "-"));
        let script = format!(
            r#"#!/bin/sh
case "$*" in *--exact*) shift 3; set -- {again};; *) set -- {failed};; esac
for name in "$@"; do echo "test $name ... FAILED"; done
[ $# -eq 0 ]"#
        );
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let commands = format!("{}\ntests {}\necho status $?", tests(), program.display());
        let said = process::read(Command::new("sh").args(["-c", &commands])).unwrap();
        fs::remove_file(program).unwrap();
        said
    }

    #[test]
    fn a_few_tests_that_failed_run_once_more() {
        assert_eq!(run_twice("", "x"), "status 0");
        assert_eq!(
            run_twice("a b", ""),
            "test a ... FAILED\ntest b ... FAILED\nmatrix: again 2\nstatus 0"
        );
        assert_eq!(
            run_twice("a", "a"),
            "test a ... FAILED\nmatrix: again 1\ntest a ... FAILED\nstatus 1"
        );
        assert!(run_twice("a b c d", "").ends_with("FAILED\nstatus 1"));
    }
}
