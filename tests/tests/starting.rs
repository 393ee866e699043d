//! What the daemon says when it cannot start, and with how little it can.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use estats_tests::daemon::{Daemon, Directory, built, command};
use estats_tests::netns::Namespace;
use nix::errno::Errno;

/// `linux/capability.h`.
const CAP_NET_ADMIN: u32 = 12;
const CAP_SYS_ADMIN: u32 = 21;
const CAP_PERFMON: u32 = 38;
const CAP_BPF: u32 = 39;
/// `CAP_CHECKPOINT_RESTORE`, the last one of Linux 5.9 and later.
const CAP_LAST: u32 = 40;

/// Lets `command` run as root without these capabilities: they are dropped from the bounding set, which limits what a program
/// started by root gets.
fn without(command: &mut Command, capabilities: impl IntoIterator<Item = u32>) {
    let capabilities: Vec<_> = capabilities.into_iter().collect();
    let drop_them = move || {
        for capability in &capabilities {
            // SAFETY: PR_CAPBSET_DROP takes one integer.
            let result = unsafe { libc::prctl(libc::PR_CAPBSET_DROP, *capability, 0, 0, 0) };
            match Errno::result(result) {
                // A machine may withhold some already; EINVAL is for a capability that the kernel does not have.
                Ok(_) | Err(Errno::EINVAL) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    };
    // SAFETY: between fork and exec the closure only makes system calls.
    unsafe { command.pre_exec(drop_them) };
}

/// Runs `command`, which is expected to fail at once: exit code 1 and one line, which is returned.
fn complaint(command: &mut Command) -> Result<String> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let started = Instant::now();
    while child.try_wait()?.is_none() {
        if started.elapsed() > Duration::from_secs(10) {
            child.kill()?;
            bail!("it started all the same: {:?}", child.wait_with_output()?);
        }
        sleep(Duration::from_millis(10));
    }
    let Output { status, stdout, stderr } = child.wait_with_output()?;
    let said = String::from_utf8(stderr)?;
    ensure!(status.code() == Some(1), "it ended with {status}: {said}");
    ensure!(said.lines().count() == 1, "it said not one line: {said}");
    ensure!(
        stdout.is_empty(),
        "it said on standard output: {}",
        String::from_utf8_lossy(&stdout)
    );
    Ok(said)
}

#[test]
fn each_missing_capability_is_named() -> Result<()> {
    for (capability, name) in [
        (CAP_BPF, "CAP_BPF"),
        (CAP_PERFMON, "CAP_PERFMON"),
        (CAP_NET_ADMIN, "CAP_NET_ADMIN"),
    ] {
        let directory = Directory::new()?;
        let mut command = command(&directory.socket())?;
        // CAP_SYS_ADMIN contains the others, as far as BPF goes.
        without(&mut command, [capability, CAP_SYS_ADMIN]);
        let said = complaint(&mut command)?;
        for other in ["CAP_BPF", "CAP_PERFMON", "CAP_NET_ADMIN"] {
            assert_eq!(said.contains(other), other == name, "{said}");
        }
    }
    Ok(())
}

#[test]
fn a_user_is_told_what_is_missing() -> Result<()> {
    let directory = Directory::new()?;
    // The build may be where users may not look.
    let program = directory.path().join("estatsd");
    std::fs::copy(built("estatsd")?, &program)?;
    let mut command = Command::new(program);
    command.arg("--socket").arg(directory.socket()).uid(65_534).gid(65_534);
    let said = complaint(&mut command)?;
    assert!(said.contains("root"), "{said}");
    assert!(said.contains("CAP_BPF"), "{said}");
    Ok(())
}

#[test]
fn three_capabilities_are_enough() -> Result<()> {
    let namespace = Namespace::new()?;
    let enough = [CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN];
    let daemon = Daemon::start_prepared(&namespace, |command| {
        without(
            command,
            (0..=CAP_LAST).filter(|capability| !enough.contains(capability)),
        );
    })?;
    daemon.client()?.list()?;
    Ok(())
}

#[test]
fn a_socket_path_that_cannot_be_is_named() -> Result<()> {
    let directory = Directory::new()?;
    let file = directory.path().join("file");
    std::fs::write(&file, "")?;
    let said = complaint(&mut command(&file.join("estats.sock"))?)?;
    assert!(said.contains(&file.display().to_string()), "{said}");
    Ok(())
}

#[test]
fn without_cgroup_v2_the_daemon_says_so() -> Result<()> {
    let directory = Directory::new()?;
    let mut command = command(&directory.socket())?;
    let unmount_all = || {
        // A mount namespace in which no cgroup v2 hierarchy is mounted.
        nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNS)?;
        let private = nix::mount::MsFlags::MS_REC | nix::mount::MsFlags::MS_PRIVATE;
        nix::mount::mount(None::<&str>, "/", None::<&str>, private, None::<&str>)?;
        for path in ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"] {
            // Only one of them is mounted, or none.
            let _ = nix::mount::umount2(path, nix::mount::MntFlags::MNT_DETACH);
        }
        Ok(())
    };
    // SAFETY: between fork and exec the closure only makes system calls, on strings that are there already.
    unsafe { command.pre_exec(unmount_all) };
    let said = complaint(&mut command).context("with no cgroup v2 hierarchy mounted")?;
    assert!(said.contains("cgroup"), "{said}");
    Ok(())
}

#[test]
fn without_type_information_the_daemon_says_so() -> Result<()> {
    let directory = Directory::new()?;
    let mut command = command(&directory.socket())?;
    let hide = || {
        // A mount namespace in which an empty file system hides the kernel's BTF.
        nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNS)?;
        let private = nix::mount::MsFlags::MS_REC | nix::mount::MsFlags::MS_PRIVATE;
        nix::mount::mount(None::<&str>, "/", None::<&str>, private, None::<&str>)?;
        let none = nix::mount::MsFlags::empty();
        nix::mount::mount(Some("none"), "/sys/kernel/btf", Some("tmpfs"), none, None::<&str>)?;
        Ok(())
    };
    // SAFETY: between fork and exec the closure only makes system calls, on strings that are there already.
    unsafe { command.pre_exec(hide) };
    let said = complaint(&mut command).context("without /sys/kernel/btf/vmlinux")?;
    assert!(said.contains("BTF"), "{said}");
    Ok(())
}

#[test]
fn what_is_wrong_in_the_configuration_is_named_with_its_line() -> Result<()> {
    let directory = Directory::new()?;
    let file = directory.path().join("estatsd.toml");
    for (text, words) in [
        (
            "[[listen]]\npath = \"/x\"\ngeneration = \"l9\"\n",
            ["line 3", "l1-v117"],
        ),
        ("# nothing\nlisten = 3\n", ["line 2", "sequence"]),
        ("[[listen]]\npath =\n", ["line 2", "estatsd.toml"]),
    ] {
        std::fs::write(&file, text)?;
        let said = complaint(command(&directory.socket())?.arg("--config").arg(&file))?;
        ensure!(words.iter().all(|word| said.contains(word)), "{text}: {said}");
    }
    let absent = directory.path().join("absent.toml");
    let said = complaint(command(&directory.socket())?.arg("--config").arg(&absent))?;
    ensure!(said.contains("absent.toml") && said.contains("No such file"), "{said}");
    Ok(())
}

#[test]
fn the_sockets_of_the_configuration_go_with_the_daemon() -> Result<()> {
    let (namespace, directory) = (Namespace::new()?, Directory::new()?);
    let (file, socket) = (directory.path().join("estatsd.toml"), directory.path().join("old.sock"));
    std::fs::write(
        &file,
        format!("[[listen]]\npath = {socket:?}\ngeneration = \"l0-v117\"\n"),
    )?;
    let mut daemon = Daemon::start_with(&namespace, &["--config", &file.display().to_string()])?;
    estats_protocol::Client::connect(&socket)?;
    ensure!(daemon.stop()?.success(), "{}", daemon.log());
    ensure!(!socket.exists(), "{} is still there", socket.display());
    Ok(())
}
