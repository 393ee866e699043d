//! The record in the socket's own storage: it lives and dies with the socket.

use core::ptr;

use aya_ebpf::{
    bindings::BPF_SK_STORAGE_GET_F_CREATE, btf_maps::SkStorage, helpers::generated::bpf_sk_storage_get, macros::btf_map,
};
use estatsd_ebpf::Record;

use crate::kernel::TcpSock;

#[btf_map]
static RECORDS: SkStorage<Record> = SkStorage::new();

/// The socket's record, if it has one.
#[inline(always)]
pub(crate) fn get(tp: TcpSock) -> Option<&'static mut Record> {
    lookup(tp, 0)
}

/// The socket's record, made of zeros when there was none.
#[inline(always)]
pub(crate) fn get_or_create(tp: TcpSock) -> Option<&'static mut Record> {
    lookup(tp, u64::from(BPF_SK_STORAGE_GET_F_CREATE))
}

#[inline(always)]
fn lookup(tp: TcpSock, flags: u64) -> Option<&'static mut Record> {
    // SAFETY: both are what the helper wants. The storage outlives the program's run, which is what 'static means here. Programs
    // write it under the socket's lock, but for those of the cgroup hooks: they count in fields that no other program writes, or in
    // states of the connection in which no other program runs.
    unsafe {
        bpf_sk_storage_get(
            (&raw const RECORDS).cast_mut().cast(),
            tp.as_ptr(),
            ptr::null_mut(),
            flags,
        )
        .cast::<Record>()
        .as_mut()
    }
}
