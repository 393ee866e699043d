//! Places of clients: how many there are, and how many of them one user may take.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
    time::{Duration, Instant},
};

use tracing::warn;

use super::caller::Caller;

/// A user other than root gets one of so many equal parts of the places.
const USERS: usize = 4;

/// How long the log is silent about the same, however often clients are turned away.
const SILENCE: Duration = Duration::from_secs(60);

/// The places of all clients, over all ways in.
#[derive(Debug)]
pub(super) struct Places {
    all: usize,
    /// Of a user other than root.
    share: usize,
    /// By user; a user who has none is not in it.
    taken: RefCell<HashMap<u32, usize>>,
    full: Complaint,
    greedy: Complaint,
}

/// Why a client gets no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoPlace {
    /// All are taken.
    Full,
    /// Its user has as many as one may have.
    Greedy,
}

impl Places {
    /// `all` places, in a process that may have so many `files` open: where these are fewer, they are what is shared out.
    pub(super) fn new(all: usize, files: u64) -> Rc<Self> {
        let files = usize::try_from(files).unwrap_or(usize::MAX);
        Rc::new(Self {
            all,
            share: (all.min(files) / USERS).max(1),
            taken: RefCell::default(),
            full: Complaint::default(),
            greedy: Complaint::default(),
        })
    }

    /// A place for one more client of this caller, until it is dropped. A refusal is logged, though not each one.
    ///
    /// # Errors
    ///
    /// There is none.
    pub(super) fn take(self: &Rc<Self>, caller: Caller) -> Result<Place, NoPlace> {
        let mut taken = self.taken.borrow_mut();
        if taken.values().sum::<usize>() >= self.all {
            if self.full.is_due(Instant::now()) {
                warn!(allowed = self.all, "as many clients as allowed; more are turned away");
            }
            return Err(NoPlace::Full);
        }
        let own = taken.get(&caller.uid).copied().unwrap_or(0);
        if !caller.admin && own >= self.share {
            if self.greedy.is_due(Instant::now()) {
                warn!(
                    uid = caller.uid,
                    allowed = self.share,
                    "as many clients as one user may have; more of such users are turned away"
                );
            }
            return Err(NoPlace::Greedy);
        }
        taken.insert(caller.uid, own + 1);
        Ok(Place {
            places: Rc::clone(self),
            uid: caller.uid,
        })
    }
}

/// The place of one client.
#[derive(Debug)]
pub(super) struct Place {
    places: Rc<Places>,
    uid: u32,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.borrow_mut();
        if let Some(own) = taken.get_mut(&self.uid) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.uid);
            }
        }
    }
}

/// When something was last complained of.
#[derive(Debug, Default)]
struct Complaint(Cell<Option<Instant>>);

impl Complaint {
    /// Whether it is time to complain, which is taken to be done then.
    fn is_due(&self, now: Instant) -> bool {
        let due = self.0.get().is_none_or(|last| now.duration_since(last) >= SILENCE);
        if due {
            self.0.set(Some(now));
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(places: &Rc<Places>, uid: u32) -> Result<Place, NoPlace> {
        places.take(Caller::new(uid, 0, 0))
    }

    #[test]
    fn a_user_gets_a_quarter_and_root_what_is_left() {
        let places = Places::new(8, u64::MAX);
        let mut of_one: Vec<Place> = (0..2).map(|_| take(&places, 10).unwrap()).collect();
        assert_eq!(take(&places, 10).unwrap_err(), NoPlace::Greedy);
        let _of_another = take(&places, 11).unwrap();
        let _of_root: Vec<Place> = (0..5).map(|_| take(&places, 0).unwrap()).collect();
        assert_eq!(take(&places, 0).unwrap_err(), NoPlace::Full);
        assert_eq!(take(&places, 12).unwrap_err(), NoPlace::Full);
        of_one.pop();
        assert!(take(&places, 12).is_ok());
        assert!(take(&places, 10).is_ok());
        assert!(take(&places, 0).is_ok());
    }

    #[test]
    fn nothing_is_kept_of_users_that_are_gone() {
        let places = Places::new(8, u64::MAX);
        drop([10, 11, 12].map(|uid| take(&places, uid)));
        assert!(places.taken.borrow().is_empty());
    }

    #[test]
    fn too_few_files_are_shared_out_likewise() {
        assert_eq!(Places::new(8192, u64::MAX).share, 2048);
        assert_eq!(Places::new(8192, 1024).share, 256);
        // There is somebody who gets in.
        assert_eq!(Places::new(3, 0).share, 1);
    }

    #[test]
    fn a_minute_lies_between_complaints() {
        let (complaint, start) = (Complaint::default(), Instant::now());
        let due = |seconds| complaint.is_due(start + Duration::from_secs(seconds));
        assert_eq!(
            [0, 1, 59, 60, 61, 120].map(due),
            [true, false, false, true, false, true]
        );
    }
}
