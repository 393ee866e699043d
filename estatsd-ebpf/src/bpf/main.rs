//! The programs that run in the kernel.
//!
//! | program | hook | when | what it feeds |
//! |---|---|---|---|
//! | `state` | `tp_btf/inet_sock_set_state` | a connection changes state | the record's life, open and close events |
//! | `reset` | `tp_btf/tcp_send_reset` | a reset was sent | the close event, where a reset ends the connection |
//! | `destroyed` | `tp_btf/tcp_destroy_sock` | a socket goes | the close event, where `state` was passed over |
//! | `segment` | `tp_btf/tcp_probe` | before each segment in ESTABLISHED | everything found by comparison |
//! | `written` | `tp_btf/tcp_sendmsg_locked` | before each write in ESTABLISHED | windows given up unused, waits for the application |
//! | `congestion` | `tp_btf/tcp_cong_state_set` | the sender's congestion state changes | congestion signals, timeouts |
//! | `retransmission` | `tp_btf/tcp_retransmit_skb` | a segment is retransmitted | retransmissions lost again |
//! | `dropped` | `tp_btf/kfree_skb` | the host drops a packet | stalls of output, wrong checksums |
//! | `ingress` | `cgroup_skb/ingress` | each packet received | header facts; comparison in the closing states |
//! | `egress` | `cgroup_skb/egress` | each packet sent | windows announced, the pipe, TOS |
//! | `request` | `cgroup/sock_ops` | a listener sets up state for a request | requests of the listener |
//! | `adopt_listener` | `iter/tcp` | at start | counters for listening sockets that exist already |
//! | `adopt` | `iter/tcp` | at start | records for connections that exist already |
//! | `settle`, `restart` | `iter/tcp` | a table is switched on | records that count from then on |
//! | `held` | `iter/task_file` | sockets of all network namespaces are looked for | namespaces that a process holds open |
//! | `tune` | `iter/tcp` | a client writes a variable | socket options |
//! | `glance` | run by the daemon | a client asks for connections that were active | when the last segment of each came |
//! | `read` | run by the daemon | a client reads | one [`Snapshot`](estatsd_ebpf::Snapshot) |
//! | `read_listener`, `read_backlog` | run by the daemon | a client reads | one [`ListenerSnapshot`](estatsd_ebpf::snapshot::ListenerSnapshot) |
//!
//! What they compute is in the library of this package, where it is tested; here is only how to get at the socket.
#![no_std]
#![no_main]
#![feature(asm_experimental_arch)]
#![expect(
    clippy::inline_always,
    reason = "the verifier follows pointers through inlined code only, and a call costs as much as the work"
)]
#![expect(
    clippy::cast_possible_truncation,
    reason = "a checked conversion is a branch on a path that is counted in nanoseconds; tracepoints pass small numbers in 64-bit \
              arguments, and sizes are far below 32 bits"
)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "the attribute macros call programs with the context by value"
)]

mod atomic;
mod closing;
mod congestion;
mod control;
mod dropped;
mod glance;
mod held;
mod kernel;
mod lifecycle;
mod listener;
mod opener;
mod packets;
mod read;
mod read_listener;
mod request;
mod retransmission;
mod segment;
mod storage;
mod walk;
mod written;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: nothing in these programs panics; the verifier refuses a program from which this could be reached.
    unsafe { core::hint::unreachable_unchecked() }
}

// The helpers that the programs call are for GPL-compatible programs only.
#[unsafe(link_section = "license")]
#[unsafe(no_mangle)]
static LICENSE: [u8; 13] = *b"Dual MIT/GPL\0";
