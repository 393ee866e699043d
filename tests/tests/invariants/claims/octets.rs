//! Octets are conserved, from the application that writes them to the one that reads them.

use estats_spec::Id;

use crate::case::Claim;

/// A 64-bit counter and its 32-bit form.
const TWINS: [(Id, Id); 5] = [
    (Id::HCDataOctetsOut, Id::DataOctetsOut),
    (Id::HCDataOctetsIn, Id::DataOctetsIn),
    (Id::HCThruOctetsAcked, Id::ThruOctetsAcked),
    (Id::HCThruOctetsReceived, Id::ThruOctetsReceived),
    (Id::HCSumRTT, Id::SumRTT),
];

pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        says: "64-bit counters and their 32-bit forms agree",
        holds: |view| {
            let same = |(high, low)| Some(view.my(high)? & 0xffff_ffff == view.my(low)?);
            TWINS.into_iter().map(same).try_fold(true, |all, one| Some(all && one?))
        },
    },
    // ThruOctetsAcked is the advance of SND.UNA. The SYN takes one sequence number, but that of a passive open was acknowledged
    // ahead of the socket; the FIN takes one (RFC 9293, 3.4).
    Claim {
        says: "the octets acknowledged are those written, the FIN, and the SYN of an active open",
        holds: |view| {
            let syn = i64::from(view.is_client());
            view.orderly()
                .then_some(view.my(Id::HCThruOctetsAcked)? == view.written() + syn + 1)
        },
    },
    Claim {
        says: "the octets received are those that the peer wrote, and its FIN",
        holds: |view| {
            view.orderly()
                .then_some(view.my(Id::HCThruOctetsReceived)? == view.read() + 1)
        },
    },
    // However it ends: an acknowledgement tells of what was received. Only a FIN may be acknowledged on behalf of a socket that is
    // in TIME-WAIT and keeps no record any more.
    Claim {
        says: "no octet is acknowledged that was not received",
        holds: |view| {
            let acked = view.my(Id::HCThruOctetsAcked)? - i64::from(view.is_client());
            Some(acked <= view.peers(Id::HCThruOctetsReceived)? + 1)
        },
    },
    // What a full queue of the sender's own machine refuses has been sent, and is sent again as if it were new.
    Claim {
        says: "the octets sent, repeated ones apart, are those written",
        holds: |view| {
            let new = view.my(Id::HCDataOctetsOut)? - view.my(Id::OctetsRetrans)?;
            (view.delivered() && view.case.strays == 0).then_some(new == view.written())
        },
    },
    Claim {
        says: "no more octets are repeated than sent",
        holds: |view| Some(view.my(Id::OctetsRetrans)? <= view.my(Id::HCDataOctetsOut)?),
    },
    Claim {
        says: "the octets sent are those that came to the router",
        holds: |view| (view.case.strays == 0).then_some(view.my(Id::HCDataOctetsOut)? == view.me.flow.sent.octets),
    },
    // A segment that finds no socket any more brings octets that no record has.
    Claim {
        says: "the octets received, repeated ones included, are those that left the router",
        holds: |view| {
            let (passed, octets) = (&view.peer.flow.passed, view.my(Id::HCDataOctetsIn)?);
            let all = view.case.strays == 0 && view.my(Id::DataSegsIn)? == passed.full;
            Some(octets == passed.octets || (!all && octets < passed.octets))
        },
    },
    Claim {
        says: "the octets received, repeated ones included, are no fewer than those read",
        holds: |view| Some(view.my(Id::HCDataOctetsIn)? >= view.read()),
    },
    // To be delivered, an octet that was dropped has to be sent again.
    Claim {
        says: "the octets repeated are no fewer than those that were lost",
        holds: |view| {
            let lost = view.me.flow.sent.octets - view.me.flow.passed.octets;
            view.delivered().then_some(view.my(Id::OctetsRetrans)? >= lost)
        },
    },
    Claim {
        says: "octets are repeated in segments",
        holds: |view| Some((view.my(Id::OctetsRetrans)? == 0) || view.my(Id::SegsRetrans)? > 0),
    },
];
