//! Who a client is: the ids that the kernel vouches for, not what it says.

use std::thread;

use estats_protocol::{Client, EstatsMessage, Masks};
use estats_spec::{
    endpoint::Profile,
    sets::V117,
    wire::{GENERATIONS, cmd},
};
use nix::errno::Errno;

use super::{
    Fake,
    exchange::{answers_in, ending, request, session},
    fake::OWNER,
    netlink::Peer,
    refusals::{attribute, command},
    running::Running,
};
use crate::server::{Caller, Limits};

/// Runs `work` on a thread with another real and effective user id.
fn with_ids<T: Send>(real: u32, effective: u32, work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let thread = scope.spawn(move || {
            // SAFETY: the bare system call takes numbers and, unlike the function of libc, changes this thread only.
            let result = unsafe { libc::syscall(libc::SYS_setresuid, real, effective, 0) };
            assert_eq!(result, 0, "the thread changes its user");
            work()
        });
        thread.join().expect("the thread does not panic")
    })
}

fn not_root() -> bool {
    let not_root = !nix::unistd::geteuid().is_root();
    if not_root {
        eprintln!("not run: only root can be several users");
    }
    not_root
}

#[test]
fn the_unix_socket_knows_the_effective_user() {
    if not_root() {
        return;
    }
    let running = Running::start([5], Limits::default());
    let socket = running.socket();
    let read = |real, effective| {
        with_ids(real, effective, || {
            let mut client = Client::connect(&socket).unwrap();
            assert_eq!(client.list().unwrap().len(), 1);
            client
                .read_vars(5, &Masks::ALL)
                .map(|_| ())
                .map_err(|error| error.refusal())
        })
    };
    assert_eq!(read(0, OWNER.uid), Ok(()));
    assert_eq!(read(OWNER.uid, OWNER.uid + 1), Err(Some(Errno::EACCES)));
    assert_eq!(read(OWNER.uid, 0), Ok(()));
}

#[test]
fn netlink_knows_the_real_user() {
    if not_root() {
        return;
    }
    let running = Running::start([5], Limits::default());
    let read = |real, effective| {
        with_ids(real, effective, || {
            let peer = Peer::new(&running);
            peer.say(&request(EstatsMessage::read_vars(5, &Masks::ALL)));
            ending(&peer.hear())
        })
    };
    assert_eq!(read(OWNER.uid, OWNER.uid + 1), None);
    assert_eq!(read(OWNER.uid + 1, OWNER.uid), Some(libc::EACCES));
    assert_eq!(read(0, OWNER.uid + 1), None);
}

#[test]
fn the_group_reads_unless_the_client_is_of_the_first_generation() {
    for generation in GENERATIONS {
        let cid = attribute(generation.tuple_form.cid, &5_u32.to_ne_bytes());
        let read = command(cmd::READ_VARS, &[attribute(generation.tuple, &cid)]);
        let ends = |uid, gid| {
            let session = session(Caller::new(uid, gid, 0));
            session.dialect.set(Profile { generation, set: &V117 }.into());
            let answers = answers_in(session, read.clone(), &mut Fake::new([5]));
            ending(answers.last().expect("an answer"))
        };
        let (group, stranger) = (if generation.name == "W1" { libc::EACCES } else { 0 }, OWNER.uid + 1);
        assert_eq!(ends(OWNER.uid, 0), Some(0), "{}", generation.name);
        assert_eq!(ends(stranger, OWNER.gid), Some(group), "{}", generation.name);
        assert_eq!(ends(stranger, 0), Some(libc::EACCES), "{}", generation.name);
        assert_eq!(ends(0, 0), Some(0), "{}", generation.name);
    }
}

#[test]
fn the_user_is_that_of_the_datagram_not_of_the_socket() {
    if not_root() {
        return;
    }
    let running = Running::start([5], Limits::default());
    let opened_by_root = Peer::new(&running);
    let ending = with_ids(OWNER.uid + 1, OWNER.uid + 1, || {
        opened_by_root.say(&request(EstatsMessage::read_vars(5, &Masks::ALL)));
        ending(&opened_by_root.hear())
    });
    assert_eq!(ending, Some(libc::EACCES));
}
