//! `libestats_preload.so`: unmodified `Web10G` programs, with their own library, reach estatsd.
//!
//! A legacy program opens a generic netlink socket and asks the kernel for the family `tcp_estats`. On an unpatched kernel
//! nobody answers. Loaded with `LD_PRELOAD`, this library interposes the calls of that conversation and leads it to the
//! daemon's Unix socket:
//!
//! ```text
//! LD_PRELOAD=/usr/local/lib/estats/libestats_preload.so web10g-listconns
//! ```
//!
//! `ESTATS_SOCKET` names the socket if it is not the default one. The socket is a file, so a program in another network
//! namespace reaches the daemon as well.
//!
//! # How one descriptor serves two peers
//!
//! The program's socket stays what it is, a real `NETLINK_GENERIC` socket, until the program first sends a request for
//! `tcp_estats` on it. A program that never does is not touched. At that moment the descriptor is joined:
//!
//! ```text
//!   program's fd ── epoll instance ──┬── hidden fd: the socket it was, still bound, to the kernel's families
//!                                    └── hidden fd: SOCK_SEQPACKET connection to the daemon
//! ```
//!
//! * What is sent is routed by its message type: requests for `tcp_estats` to the daemon, everything else to the kernel.
//! * What is received comes from whichever peer has something; `poll`, `select` and `epoll` on the descriptor work without
//!   being interposed, since an epoll instance is readable when one of its members is.
//! * Address, options and membership calls go to the netlink socket, so `getsockname` tells the real port id.
//!
//! # Failures
//!
//! Legacy programs crash when `socket()` or `bind()` fails and spin when a receive returns 0. Hence: a daemon that cannot be
//! reached shows as `ECONNREFUSED` when the request is sent; one that went away as `ECONNRESET` when the answer is
//! awaited; one that is silent as `EAGAIN` after five seconds, as if the socket had a receive timeout.
//! The next request connects anew. They also take a failed look-up of the family for a success and send their commands to family
//! 0, which the kernel acknowledges: after the end of the connection that is `ECONNREFUSED` too, not an empty list.
//!
//! # Limits
//!
//! Static, set-user-id and raw-system-call programs are out of reach of any preload library; `estats-run` supervises the static and
//! the raw ones. A joined descriptor does not
//! survive `exec`, does not report `POLLOUT`, and is not a socket to `fstat`.
//! A thread that already waits in a receive, or an epoll set that already holds the descriptor, when the first request for
//! `tcp_estats` is sent on it goes on watching the netlink socket only. Descriptor numbers from 1048576 on are not
//! followed. Asking the kernel to dump all families does not show `tcp_estats`.
//!
//! Every export is `extern "C-unwind"`: `pthread_cancel` unwinds through the blocking ones. Nothing here can panic.

mod daemon;
mod descriptor;
mod errno;
mod exchange;
mod interpose;
mod introduction;
mod join;
mod process;
mod real;
mod route;
mod variables;
