//! Where each instrument comes from on this kernel, or why it is masked.

use estats_spec::{Id, provenance};
use estatsd_ebpf::layout::Wanted;

/// The origin of an instrument's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Kernel fields, read when a client asks; each as `structure.member`.
    Fields(&'static [&'static str]),
    /// A part of the record: the name of the module in `estatsd-ebpf`.
    Record(&'static str),
    /// The daemon's own table.
    Daemon,
    /// Nothing delivers it, for this reason.
    Masked(String),
}

/// The source of an instrument on a kernel that lacks the given fields.
#[must_use]
pub fn of(id: Id, missing: &[&Wanted]) -> Source {
    let source = by_design(id);
    if let provenance::Source::Fields(fields) | provenance::Source::Hooks(_, fields) = id.source() {
        let lacking = missing.iter().find(|wanted| fields.contains(&wanted.path));
        if let Some(wanted) = lacking {
            return Source::Masked(format!("this kernel has no {}.{}", wanted.within, wanted.path));
        }
    }
    source
}

fn by_design(id: Id) -> Source {
    let info = id.info();
    match id.source() {
        provenance::Source::Fields(fields) => Source::Fields(fields),
        provenance::Source::Hooks(..) if recorded(id) => Source::Record(info.feed.name()),
        provenance::Source::Hooks(..) => masked("not collected"),
        provenance::Source::Daemon => Source::Daemon,
        provenance::Source::Nothing(reason) => masked(reason),
    }
}

fn masked(reason: &str) -> Source {
    Source::Masked(reason.to_owned())
}

/// The event instruments that are collected.
#[rustfmt::skip]
fn recorded(id: Id) -> bool {
    matches!(
        id,
        Id::DataOctetsIn | Id::HCDataOctetsIn | Id::IpTtl | Id::IpTosIn | Id::IpTosOut
            | Id::StartTimeStamp | Id::ElapsedSecs | Id::ElapsedMicroSecs | Id::ActiveOpen
            | Id::MaxPipeSize
            | Id::CongSignals | Id::Timeouts | Id::SubsequentTimeouts | Id::AbruptTimeouts | Id::FastRetran
            | Id::PreCongSumCwnd | Id::PreCongSumRTT | Id::PostCongSumRTT | Id::PostCongCountRTT
            | Id::MaxRwinSent | Id::ZeroRwinSent | Id::ZeroRwinRcvd
            | Id::SampleRTT | Id::MinRTT | Id::MaxRTT | Id::SumRTT | Id::HCSumRTT | Id::CountRTT
            | Id::MinRTO | Id::MaxRTO
            | Id::CERcvd | Id::ECNsignals | Id::ECESent | Id::SACKsRcvd | Id::SACKBlocksRcvd
            | Id::DupAcksIn | Id::NonRecovDA | Id::NonRecovDAEpisodes | Id::SumOctetsReordered
            | Id::DupAcksOut | Id::DupAckEpisodes
            | Id::SpuriousFrDetected | Id::SpuriousRtoDetected | Id::CongOverCount
            | Id::SlowStart | Id::CongAvoid | Id::OtherReductions | Id::OtherReductionsCV
            | Id::MaxRetxQueue | Id::MaxAppWQueue | Id::MaxAppRQueue | Id::MaxReasmQueue
            | Id::RackTimeout
            | Id::SndLimTransSnd | Id::SndLimTransCwnd | Id::SndLimTransRwin | Id::SndLimTransStartUp
            | Id::SndLimTransTSODefer | Id::SndLimTransPace
            | Id::SndLimTimeSnd | Id::SndLimTimeCwnd | Id::SndLimTimeRwin | Id::SndLimTimeStartUp
            | Id::SndLimTimeTSODefer | Id::SndLimTimePace
            | Id::LostRetransmitSegs | Id::SendStall | Id::SoftErrors | Id::SoftErrorReason
            | Id::ListenerStartTime | Id::ListenerSynRcvd | Id::ListenerHCSynRcvd | Id::ListenerInitial | Id::ListenerHCInitial
            | Id::ListenerEstablished | Id::ListenerHCEstablished | Id::ListenerAccepted | Id::ListenerHCAccepted
            | Id::ListenerExceedBacklog | Id::ListenerHCExceedBacklog | Id::ListenerCurConns
            | Id::MaxSsCwnd | Id::MaxCaCwnd | Id::MaxSsthresh | Id::MinSsthresh | Id::MaxMSS | Id::MinMSS
    )
}

#[cfg(test)]
mod tests {
    use estats_spec::Table;
    use estatsd_ebpf::{Field, Layout, Listener, Record, header::Header};

    use super::*;
    use crate::{
        instruments::{ListenerView, Taken, View},
        kernel::{Clock, Connection, Listening, Socket, Uptime},
    };

    /// A layout in which every wanted field has its place, but those called `absent`.
    fn layout(absent: &[&str]) -> Layout {
        let mut fields = [Field::default(); Layout::COUNT];
        let mut offset = 0;
        for (field, wanted) in fields.iter_mut().zip(Layout::WANTED) {
            if !absent.contains(&wanted.path) {
                *field = Field {
                    offset,
                    size: wanted.size,
                    present: 1,
                    ..Field::default()
                };
            }
            offset += u32::from(wanted.size);
        }
        Layout::from_fields(&fields)
    }

    fn value_exists(id: Id, layout: &Layout) -> bool {
        let image = vec![0u8; 4096];
        if id.info().table == Table::Listener {
            let listening = Listening {
                counted: Listener::default(),
                socket: Socket::new(&image, layout),
                waiting: 0,
                at_rest: true,
                cgroup: 0,
                gid: 0,
            };
            return ListenerView::new(&listening, Uptime::start(), Taken::default())
                .value(id)
                .is_some();
        }
        let header = Header {
            seen: Header::RECEIVED | Header::SENT,
            ..Header::default()
        };
        let mut record = Record {
            flags: Record::ACTIVE,
            header,
            ..Record::default()
        };
        record.rtt.count = 1;
        let socket = Socket::new(&image, layout);
        let sample = socket.sample(0, 0);
        let connection = Connection {
            record,
            socket,
            sample,
            closed: false,
            owner: None,
        };
        View::new(&connection, Clock { hz: 250 }, 1, 1).value(id).is_some()
    }

    #[test]
    fn an_instrument_has_a_value_exactly_when_it_has_a_source() {
        let whole = layout(&[]);
        for id in Id::ALL {
            let live = !matches!(of(id, &[]), Source::Masked(_));
            assert_eq!(value_exists(id, &whole), live, "{id}: {:?}", of(id, &[]));
        }
    }

    #[test]
    fn every_named_field_is_one_of_the_layout() {
        for id in Id::ALL {
            let (provenance::Source::Fields(fields) | provenance::Source::Hooks(_, fields)) = id.source() else {
                continue;
            };
            for path in fields {
                assert!(Layout::WANTED.iter().any(|wanted| wanted.path == *path), "{id}: {path}");
            }
        }
    }

    #[test]
    fn a_field_that_the_kernel_lacks_masks_its_instruments() {
        for wanted in Layout::WANTED.iter().filter(|wanted| !wanted.required) {
            let without = layout(&[wanted.path]);
            for id in Id::ALL {
                let masked = matches!(of(id, &[wanted]), Source::Masked(_));
                assert_eq!(!value_exists(id, &without), masked, "{id} without {}", wanted.path);
            }
        }
    }
}
