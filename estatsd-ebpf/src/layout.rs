//! Where the running kernel keeps the fields that estatsd reads.
//!
//! The daemon finds every field by name in the kernel's BTF and [fills](crate::blanks) what it found into the programs before they are
//! loaded. No offset is written down anywhere.

/// Where one kernel field is. All zero: this kernel has no such field.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// Octets from the start of the structure; for a bit-field, of the octet in which it begins.
    pub offset: u32,
    /// Octets to load.
    pub size: u8,
    /// Bits to shift the loaded value right by.
    pub shift: u8,
    /// Width of a bit-field; 0 for a whole field.
    pub bits: u8,
    /// 1 when the field exists.
    pub present: u8,
}

/// A field that the layout wants: how it is called, and in which structure. Three kinds of other facts are found in the same way, where
/// the offset is the fact: the value of an enumerator, within an enumeration (`enum skb_drop_reason`), the number of arguments that a
/// tracepoint passes, within [`TRACEPOINT`], and the octets of a structure, within [`SIZE`].
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The structure to search, as the kernel names it.
    pub within: &'static str,
    /// Members from there, separated by dots. The first may be a member of an embedded base structure.
    pub path: &'static str,
    /// Octets that the field must have.
    pub size: u8,
    /// The programs load it: without it nothing can start.
    pub required: bool,
}

/// What a tracepoint is wanted within.
pub const TRACEPOINT: &str = "tracepoint";
/// What a segment's control block is used as (`TCP_SKB_CB()`). Offsets within it are counted from the beginning of the `sk_buff`.
pub const CONTROL_BLOCK: &str = "tcp_skb_cb";
/// What the size of a structure is wanted within.
pub const SIZE: &str = "size";
/// How the name of an enumeration begins that an enumerator is wanted within.
pub const ENUMERATION: &str = "enum ";

#[expect(clippy::cast_possible_truncation, reason = "no field is larger than an address")]
const fn octets_of<T>() -> u8 {
    size_of::<T>() as u8
}

macro_rules! layout {
    ($($(#[$doc:meta])* $name:ident: $ty:ty = $within:literal $path:literal $need:ident;)*) => {
        /// Every kernel field that estatsd reads.
        #[repr(C)]
        #[derive(Clone, Copy, Debug)]
        pub struct Layout {
            $($(#[$doc])* pub $name: Field,)*
        }

        impl Layout {
            /// Number of fields.
            pub const COUNT: usize = Layout::WANTED.len();

            /// What each field is, in the order of the structure.
            pub const WANTED: &'static [Wanted] = &[$(
                Wanted { within: $within, path: $path, size: octets_of::<$ty>(), required: layout!(@need $need) },
            )*];

            /// A layout in which nothing has been found yet.
            pub const UNRESOLVED: Layout = Layout {
                $($name: Field { offset: 0, size: 0, shift: 0, bits: 0, present: 0 },)*
            };

            /// The layout made of the fields in the order of [`Layout::WANTED`].
            #[must_use]
            pub fn from_fields(fields: &[Field; Layout::COUNT]) -> Layout {
                let [$($name),*] = *fields;
                Layout { $($name),* }
            }

            /// The field at so many octets from the beginning of this structure.
            #[must_use]
            pub fn at(&self, place: usize) -> Option<Field> {
                let fields = [$(self.$name),*];
                let index = place / size_of::<Field>();
                fields.get(index).copied().filter(|_| place.is_multiple_of(size_of::<Field>()))
            }
        }
    };
    (@need program) => { true };
    (@need read) => { false };
}

layout! {
    /// Octets of a socket.
    tcp_sock_size: u32 = "size" "tcp_sock" program;

    // The socket's identity.
    /// Address family.
    skc_family: u16 = "sock_common" "skc_family" program;
    /// TCP state, in the kernel's numbers.
    skc_state: u8 = "sock_common" "skc_state" program;
    /// Local port, host order.
    skc_num: u16 = "sock_common" "skc_num" program;
    /// Remote port, network order.
    skc_dport: u16 = "sock_common" "skc_dport" program;
    /// Local IPv4 address.
    skc_rcv_saddr: u32 = "sock_common" "skc_rcv_saddr" program;
    /// Remote IPv4 address.
    skc_daddr: u32 = "sock_common" "skc_daddr" program;
    /// Local IPv6 address.
    skc_v6_rcv_saddr: [u8; 16] = "sock_common" "skc_v6_rcv_saddr" program;
    /// Remote IPv6 address.
    skc_v6_daddr: [u8; 16] = "sock_common" "skc_v6_daddr" program;
    /// Network namespace.
    skc_net: u64 = "sock_common" "skc_net.net" program;
    /// Socket cookie.
    skc_cookie: u64 = "sock_common" "skc_cookie.counter" program;
    /// The file side of the socket; NULL before accept and after close.
    sk_socket: u64 = "sock" "sk_socket" program;
    /// User that owns the socket.
    sk_uid: u32 = "sock" "sk_uid" read;
    /// `SO_PRIORITY`.
    sk_priority: u32 = "sock" "sk_priority" read;

    // Where the socket comes from.
    /// Its cgroup.
    sk_cgroup: u64 = "sock" "sk_cgrp_data.cgroup" read;
    /// The directory of a cgroup.
    cgroup_kn: u64 = "cgroup" "kn" read;
    /// Inode number of a directory of a kernel file system.
    kernfs_id: u64 = "kernfs_node" "id" read;
    /// First thread of a thread's process.
    task_group_leader: u64 = "task_struct" "group_leader" read;
    /// Name of a thread.
    task_comm: [u8; 16] = "task_struct" "comm" read;

    // A listening socket.
    /// The socket is for IPv6 only.
    skc_ipv6only: u8 = "sock_common" "skc_ipv6only" program;
    /// Connections that wait for `accept()`.
    sk_ack_backlog: u32 = "sock" "sk_ack_backlog" program;
    /// How many may wait, less one.
    sk_max_ack_backlog: u32 = "sock" "sk_max_ack_backlog" read;
    /// Requests whose handshake is not complete.
    reqsk_qlen: u32 = "tcp_sock" "icsk_accept_queue.qlen.counter" program;
    /// The first of the requests whose connections wait for `accept()`.
    rskq_accept_head: u64 = "tcp_sock" "icsk_accept_queue.rskq_accept_head" program;
    /// The one behind it.
    req_dl_next: u64 = "request_sock" "dl_next" program;
    /// The connection that a request became.
    req_sk: u64 = "request_sock" "sk" program;

    // The namespace.
    /// Its inode number.
    net_inum: u32 = "net" "ns.inum" program;
    /// The inode of an open file.
    file_inode: u64 = "file" "f_inode" program;
    /// The file system of an inode.
    inode_sb: u64 = "inode" "i_sb" program;
    /// Which file system it is.
    sb_magic: u64 = "super_block" "s_magic" program;
    /// Number of a thread.
    task_pid: u32 = "task_struct" "pid" program;
    /// `net.ipv4.tcp_timestamps`.
    sysctl_tcp_timestamps: u8 = "net" "ipv4.sysctl_tcp_timestamps" program;
    /// `net.ipv4.tcp_sack`.
    sysctl_tcp_sack: u8 = "net" "ipv4.sysctl_tcp_sack" program;
    /// `net.ipv4.tcp_window_scaling`.
    sysctl_tcp_window_scaling: u8 = "net" "ipv4.sysctl_tcp_window_scaling" program;
    /// `net.ipv4.tcp_ecn`.
    sysctl_tcp_ecn: u8 = "net" "ipv4.sysctl_tcp_ecn" program;

    // The inode behind `sk_socket`, for the owner.
    /// Where `struct socket` lies in its allocation.
    socket_alloc_socket: u64 = "socket_alloc" "socket.ops" program;
    /// First member of `struct socket` that the row above measures from.
    socket_ops: u64 = "socket" "ops" program;
    /// Owner of the inode; the group follows it.
    socket_alloc_uid: u32 = "socket_alloc" "vfs_inode.i_uid" program;
    /// Group of the inode.
    socket_alloc_gid: u32 = "socket_alloc" "vfs_inode.i_gid" program;

    // What the programs compare from hook to hook.
    /// Oldest unacknowledged sequence number.
    snd_una: u32 = "tcp_sock" "snd_una" program;
    /// Next sequence number to send.
    snd_nxt: u32 = "tcp_sock" "snd_nxt" program;
    /// Congestion window, segments.
    snd_cwnd: u32 = "tcp_sock" "snd_cwnd" program;
    /// Slow start threshold, segments.
    snd_ssthresh: u32 = "tcp_sock" "snd_ssthresh" program;
    /// Congestion window before the last reduction, segments.
    prior_cwnd: u32 = "tcp_sock" "prior_cwnd" program;
    /// Effective send MSS, octets.
    mss_cache: u32 = "tcp_sock" "mss_cache" program;
    /// Smoothed RTT, eighths of a microsecond.
    srtt_us: u32 = "tcp_sock" "srtt_us" program;
    /// Window announced by the peer, octets.
    snd_wnd: u32 = "tcp_sock" "snd_wnd" program;
    /// Window announced to the peer, octets.
    rcv_wnd: u32 = "tcp_sock" "rcv_wnd" program;
    /// Segments sent and not acknowledged.
    packets_out: u32 = "tcp_sock" "packets_out" program;
    /// Segments that SACK or duplicate ACKs report as received.
    sacked_out: u32 = "tcp_sock" "sacked_out" program;
    /// Segments taken for lost.
    lost_out: u32 = "tcp_sock" "lost_out" program;
    /// Retransmitted segments in flight.
    retrans_out: u32 = "tcp_sock" "retrans_out" program;
    /// End of the window in which the congestion state was entered.
    high_seq: u32 = "tcp_sock" "high_seq" program;
    /// Timestamps were negotiated.
    tstamp_ok: u8 = "tcp_sock" "rx_opt.tstamp_ok" program;
    /// Retransmission timeout, jiffies.
    icsk_rto: u32 = "tcp_sock" "icsk_rto" program;
    /// Congestion state of the sender.
    icsk_ca_state: u8 = "tcp_sock" "icsk_ca_state" program;
    /// Timeouts in a row.
    icsk_retransmits: u8 = "tcp_sock" "icsk_retransmits" program;
    /// Exponential backoff of the retransmission timeout.
    icsk_backoff: u8 = "tcp_sock" "icsk_backoff" program;
    /// Congestion control.
    icsk_ca_ops: u64 = "tcp_sock" "icsk_ca_ops" program;
    /// What it has to set the window by itself; NULL where the kernel does that.
    cong_control: u64 = "tcp_congestion_ops" "cong_control" program;

    /// Set while a reduction may still be undone.
    undo_marker: u32 = "tcp_sock" "undo_marker" program;
    /// Threshold to go back to if it is; 0 when there is none.
    prior_ssthresh: u32 = "tcp_sock" "prior_ssthresh" program;
    /// Next sequence number expected when the window was last announced.
    rcv_wup: u32 = "tcp_sock" "rcv_wup" program;
    /// Timestamp that a segment must not be older than.
    ts_recent: u32 = "tcp_sock" "rx_opt.ts_recent" program;
    /// Directions that are shut down (`SEND_SHUTDOWN`, `RCV_SHUTDOWN`).
    sk_shutdown: u8 = "sock" "sk_shutdown" program;
    /// Error that the application has not been told of yet.
    sk_err: u32 = "sock" "sk_err" program;
    /// Segments that wait for the application.
    receive_queue_length: u32 = "sock" "sk_receive_queue.qlen" program;
    /// The socket is a subflow of multipath TCP.
    is_mptcp: u8 = "tcp_sock" "is_mptcp" read;
    /// The socket is being made or dumped (`TCP_REPAIR`).
    repair: u8 = "tcp_sock" "repair" program;
    /// Flags of the socket; bit 1 says that the peer's FIN has arrived.
    skc_flags: u64 = "sock_common" "skc_flags" program;
    /// Octets of a segment.
    skb_len: u32 = "sk_buff" "len" program;
    /// Where a segment's headers begin.
    skb_data: u64 = "sk_buff" "data" program;
    /// The buffer of a segment.
    skb_head: u64 = "sk_buff" "head" program;
    /// Where in the buffer its shared part begins.
    skb_end: u32 = "sk_buff" "end" program;
    /// Segments that were merged into one, within the shared part.
    shared_gso_segs: u16 = "skb_shared_info" "gso_segs" program;
    /// Sequence number of a segment, within its control block.
    cb_seq: u32 = "tcp_skb_cb" "seq" program;
    /// TCP flags of a segment, within its control block; the low octet, where there are more.
    cb_tcp_flags: u8 = "tcp_skb_cb" "tcp_flags" program;
    /// Acknowledgement number of a segment, within its control block.
    cb_ack_seq: u32 = "tcp_skb_cb" "ack_seq" program;

    /// A tail loss probe repeated a segment.
    tlp_retrans: u8 = "tcp_sock" "tlp_retrans" program;
    /// End of what a tail loss probe is about; 0 when none is out.
    tlp_high_seq: u32 = "tcp_sock" "tlp_high_seq" program;
    /// Segments ever taken for lost.
    lost: u32 = "tcp_sock" "lost" program;
    /// What the sender is busy with or waits for (`enum tcp_chrono`).
    chrono_type: u8 = "tcp_sock" "chrono_type" program;
    /// Whether TCP itself has to pace (`enum sk_pacing`).
    sk_pacing_status: u32 = "sock" "sk_pacing_status" program;
    /// When the next packet may leave by pacing, nanoseconds.
    tcp_wstamp_ns: u64 = "tcp_sock" "tcp_wstamp_ns" program;
    /// When TCP last looked at the clock, nanoseconds.
    tcp_clock_cache: u64 = "tcp_sock" "tcp_clock_cache" program;
    /// When something was delivered last, microseconds.
    delivered_mstamp: u64 = "tcp_sock" "delivered_mstamp" program;

    // Hooks that not all kernels have.
    /// A queue of the host refused a packet.
    drop_qdisc: u32 = "enum skb_drop_reason" "SKB_DROP_REASON_QDISC_DROP" read;
    /// It is as long as it may be.
    drop_overlimit: u32 = "enum skb_drop_reason" "SKB_DROP_REASON_QDISC_OVERLIMIT" read;
    /// A segment has a wrong checksum.
    drop_checksum: u32 = "enum skb_drop_reason" "SKB_DROP_REASON_TCP_CSUM" read;
    /// Tells of dropped packets: the packet, where, why, and since Linux 6.11 for which socket.
    kfree_skb: u32 = "tracepoint" "kfree_skb" read;

    /// Tells of writes: the socket, before anything is queued (Linux 6.16).
    tcp_sendmsg_locked: u32 = "tracepoint" "tcp_sendmsg_locked" read;

    /// Tells of retransmitted segments: the socket, the segment, and on some kernels whether it left.
    tcp_retransmit_skb: u32 = "tracepoint" "tcp_retransmit_skb" read;

    // What they look at.
    /// What is known of a segment in flight, within its control block.
    cb_sacked: u8 = "tcp_skb_cb" "sacked" program;
    /// Segments that the buffer of a segment holds, within its control block.
    cb_segments: u16 = "tcp_skb_cb" "tcp_gso_segs" program;
    /// The socket of a packet.
    skb_sk: u64 = "sk_buff" "sk" program;
    /// The protocol of a socket.
    sk_protocol: u16 = "sock" "sk_protocol" program;
    /// The socket of a file.
    socket_sk: u64 = "socket" "sk" program;

    // Read only when a client asks.
    /// Segments sent.
    segs_out: u32 = "tcp_sock" "segs_out" read;
    /// Segments sent with payload.
    data_segs_out: u32 = "tcp_sock" "data_segs_out" read;
    /// Payload octets sent.
    bytes_sent: u64 = "tcp_sock" "bytes_sent" read;
    /// Segments retransmitted.
    total_retrans: u32 = "tcp_sock" "total_retrans" read;
    /// Payload octets retransmitted.
    bytes_retrans: u64 = "tcp_sock" "bytes_retrans" read;
    /// Segments received.
    segs_in: u32 = "tcp_sock" "segs_in" read;
    /// Segments received with payload.
    data_segs_in: u32 = "tcp_sock" "data_segs_in" read;
    /// Octets acknowledged by the peer.
    bytes_acked: u64 = "tcp_sock" "bytes_acked" read;
    /// Octets received in order.
    bytes_received: u64 = "tcp_sock" "bytes_received" read;
    /// Largest window announced by the peer, octets.
    max_window: u32 = "tcp_sock" "max_window" read;
    /// Duplicate ACKs that start a fast retransmit.
    reordering: u32 = "tcp_sock" "reordering" read;
    /// RTT variation, quarters of a microsecond.
    rttvar_us: u32 = "tcp_sock" "rttvar_us" read;
    /// Receiver's RTT estimate, eighths of a microsecond.
    rcv_rtt_us: u32 = "tcp_sock" "rcv_rtt_est.rtt_us" read;
    /// MSS that we announced, less the timestamp option.
    advmss: u16 = "tcp_sock" "advmss" read;
    /// MSS that the peer announced, as far as it binds us.
    mss_clamp: u16 = "tcp_sock" "rx_opt.mss_clamp" read;
    /// Window scaling was negotiated.
    wscale_ok: u8 = "tcp_sock" "rx_opt.wscale_ok" read;
    /// Our window scale.
    rcv_wscale: u8 = "tcp_sock" "rx_opt.rcv_wscale" program;
    /// The peer's window scale.
    snd_wscale: u8 = "tcp_sock" "rx_opt.snd_wscale" program;
    /// SACK was negotiated.
    sack_ok: u8 = "tcp_sock" "rx_opt.sack_ok" program;
    /// ECN was negotiated, among other flags.
    ecn_flags: u8 = "tcp_sock" "ecn_flags" program;
    /// Why small segments may go out at once.
    nonagle: u8 = "tcp_sock" "nonagle" read;
    /// Duplicates that D-SACK reported, segments.
    dsack_dups: u32 = "tcp_sock" "dsack_dups" program;
    /// Next sequence number expected.
    rcv_nxt: u32 = "tcp_sock" "rcv_nxt" program;
    /// Next sequence number that the application writes.
    write_seq: u32 = "tcp_sock" "write_seq" program;
    /// Next sequence number that the application reads.
    copied_seq: u32 = "tcp_sock" "copied_seq" program;
    /// Limit of the congestion window, segments.
    snd_cwnd_clamp: u32 = "tcp_sock" "snd_cwnd_clamp" read;
    /// Limit of the announced window, octets.
    window_clamp: u32 = "tcp_sock" "window_clamp" read;
    /// Root of the out-of-order queue; NULL when it is empty.
    out_of_order_queue: u64 = "tcp_sock" "out_of_order_queue.rb_node" program;
    /// Last segment of the out-of-order queue.
    ooo_last_skb: u64 = "tcp_sock" "ooo_last_skb" program;
    /// Sequence number after a segment, within its control block.
    cb_end_seq: u32 = "tcp_skb_cb" "end_seq" program;
}
