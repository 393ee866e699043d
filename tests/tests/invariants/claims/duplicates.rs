//! Duplicate acknowledgements, and what they report.

use estats_spec::Id;

use crate::case::Claim;

pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        says: "duplicate ACKs are segments without payload",
        holds: |view| {
            let bare_out = view.my(Id::SegsOut)? - view.my(Id::DataSegsOut)?;
            let bare_in = view.my(Id::SegsIn)? - view.my(Id::DataSegsIn)?;
            Some(view.my(Id::DupAcksOut)? <= bare_out && view.my(Id::DupAcksIn)? <= bare_in)
        },
    },
    Claim {
        says: "a run of duplicate ACKs has at least one",
        holds: |view| {
            let (runs, all) = (view.my(Id::DupAckEpisodes)?, view.my(Id::DupAcksOut)?);
            Some(runs <= all && (runs > 0) == (all > 0))
        },
    },
    Claim {
        says: "an episode without recovery has a duplicate ACK at least, and ends with the advance of an octet",
        holds: |view| {
            let (episodes, all) = (view.my(Id::NonRecovDAEpisodes)?, view.my(Id::NonRecovDA)?);
            let octets = view.my(Id::SumOctetsReordered)?;
            Some(episodes <= all && episodes <= octets && (episodes > 0) == (all > 0) && (episodes > 0) == (octets > 0))
        },
    },
    Claim {
        says: "duplicate ACKs without recovery are duplicate ACKs",
        holds: |view| Some(view.my(Id::NonRecovDA)? <= view.my(Id::DupAcksIn)?),
    },
    // Of those merged while the socket was in use, the last window stands for all: an update of the window may then pass for a duplicate,
    // or the other way round.
    Claim {
        says: "the duplicate ACKs received are those that were sent, where each came in its turn, but for as many as were merged",
        holds: |view| {
            let all_came = view.peer.flow.sent == view.peer.flow.passed && view.case.strays == 0;
            let in_turn = all_came && !view.case.conditions.reorders(view.peer.side);
            let (received, sent) = (view.my(Id::DupAcksIn)?, view.peers(Id::DupAcksOut)?);
            in_turn.then_some((received - sent).abs() <= view.merged())
        },
    },
    // RFC 2018, 3: an option of 40 octets holds four blocks.
    Claim {
        says: "a SACK option has one to four blocks",
        holds: |view| {
            let (options, blocks) = (view.my(Id::SACKsRcvd)?, view.my(Id::SACKBlocksRcvd)?);
            Some((options..=4 * options).contains(&blocks))
        },
    },
    Claim {
        says: "SACK options come in segments, and only where they were agreed on",
        holds: |view| {
            let options = view.my(Id::SACKsRcvd)?;
            Some(options <= view.my(Id::SegsIn)? && (options == 0 || view.my(Id::WillUseSACK)? == 1))
        },
    },
    Claim {
        says: "duplicates are reported in SACK options",
        holds: |view| Some(view.my(Id::DSACKDups)? == 0 || view.my(Id::SACKsRcvd)? > 0),
    },
];
