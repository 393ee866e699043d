//! `estats_connection_list_add_info`: what /proc knows about the listed connections.
//!
//! /proc shows the caller's network namespace and, for other users' processes, only what the caller may see. A connection it
//! does not show gets an entry all the same, with the unknown parts at -1.

use estats_protocol::owners::{Holder, Owners, Socket};

use crate::boundary::{answer, place};
use crate::connection::{Connection, ConnectionList};
use crate::error::EstatsError;
use crate::info::{self, CMDLINE_SIZE, ConnectionInfo};
use crate::list;
use crate::tuple::Tuple;

/// Appends to `list`'s `connection_info_head` an entry for each entry of its `connection_head`. The list owns the new
/// entries; what was there before stays.
///
/// # Safety
/// `list` is NULL or a list of this library that nobody else uses during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_connection_list_add_info(list: *mut ConnectionList) -> *mut EstatsError {
    answer(|| {
        let list = place(list)?.as_ptr();
        let owners = Owners::read();
        // SAFETY: the list is valid and nobody else uses it; its connection entries are Connections.
        unsafe {
            for connection in list::entries::<Connection>(&raw const (*list).connection_head) {
                let tuple = (*connection.as_ptr()).tuple;
                let (socket, holder) = owners.of(tuple.local(), tuple.remote());
                let entry = info::create()?;
                fill(&mut *entry.as_ptr(), tuple, socket, holder);
                list::push_back(&raw mut (*list).connection_info_head, entry);
            }
        }
        Ok(())
    })
}

fn fill(info: &mut ConnectionInfo, tuple: Tuple, socket: Option<&Socket>, holder: Option<&Holder>) {
    info.tuple = tuple;
    info.cid = tuple.cid;
    #[cfg(layout = "l1")]
    {
        info.addrtype = tuple.local().kind.into();
    }
    info.pid = holder.map_or(-1, |holder| holder.pid);
    info.uid = socket.map_or(libc::uid_t::MAX, |socket| socket.uid);
    info.ino = socket.map_or(libc::ino_t::MAX, |socket| socket.inode);
    info.state = socket.map_or(-1, |socket| socket.state);
    let name = holder.map_or("", |holder| &holder.name);
    // The last character stays NUL.
    for (character, byte) in info.cmdline[..CMDLINE_SIZE - 1].iter_mut().zip(name.bytes()) {
        *character = byte.cast_signed();
    }
}
