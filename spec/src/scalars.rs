//! The scalars of RFC 4898, and one of this daemon: what is not about one connection or one listener.

use crate::{Unit, WireType, wire::extension::scalar_member};

/// One scalar.
#[derive(Debug)]
pub struct ScalarInfo {
    /// Name as in RFC 4898 without the prefix `tcpEStats`.
    pub name: &'static str,
    /// Member of the SCALARS nest.
    pub member: u16,
    /// Width on the wire.
    pub wire: WireType,
    /// Unit of the value.
    pub unit: Unit,
    /// Whether `WRITE_SCALAR` may set it.
    pub writable: bool,
    /// What it does or shows.
    pub meaning: &'static str,
    /// Tests that prove it, named as in [`crate::provenance`].
    pub proof: &'static [&'static str],
}

/// All scalars, in the order of their members.
pub static SCALARS: [ScalarInfo; 8] = [
    control(
        "ControlPath",
        scalar_member::CONTROL_PATH,
        "Whether the Path table is active: what is off is neither collected nor shown.",
        &[
            "tables::a_table_that_is_off_is_not_shown_and_begins_anew_when_it_is_on_again",
            "tables::round_trips_count_from_the_switch_on",
        ],
    ),
    control(
        "ControlStack",
        scalar_member::CONTROL_STACK,
        "Whether the Stack table is active: what is off is neither collected nor shown.",
        &["tables::a_table_that_is_off_is_not_shown_and_begins_anew_when_it_is_on_again"],
    ),
    control(
        "ControlApp",
        scalar_member::CONTROL_APP,
        "Whether the App table is active: what is off is neither collected nor shown.",
        &[
            "tables::a_table_that_is_off_is_not_shown_and_begins_anew_when_it_is_on_again",
            "tables::what_happens_while_a_table_is_off_never_counts",
        ],
    ),
    control(
        "ControlTune",
        scalar_member::CONTROL_TUNE,
        "Whether the Tune table is active: what is off is neither shown nor writable.",
        &["tables::a_table_that_is_off_is_not_shown_and_begins_anew_when_it_is_on_again"],
    ),
    control(
        "ControlNotify",
        scalar_member::CONTROL_NOTIFY,
        "Whether established and closed connections are announced to the multicast group. Subscribers of the Unix \
         socket ask for themselves.",
        &["extension::notices::the_multicast_group_is_told_while_it_is_switched_on"],
    ),
    ScalarInfo {
        name: "ConnTableLatency",
        member: scalar_member::CONN_TABLE_LATENCY,
        wire: WireType::U32,
        unit: Unit::Seconds,
        writable: true,
        meaning: "How long a closed connection stays readable, with its final values.",
        proof: &[
            "extension::rows::a_closed_connection_stays_as_long_as_the_scalar_says",
            "lingering::a_lingering_connection_keeps_its_final_values_for_that_long",
        ],
    },
    ScalarInfo {
        name: "ListenerTableLastChange",
        member: scalar_member::LISTENER_TABLE_LAST_CHANGE,
        wire: WireType::U32,
        unit: Unit::TimeTicks,
        writable: false,
        meaning: "When a listening socket last came or went.",
        proof: &["listeners::life::the_table_changes_when_a_socket_begins_or_ceases_to_listen"],
    },
    ScalarInfo {
        name: "EventsLost",
        member: scalar_member::EVENTS_LOST,
        wire: WireType::U64,
        unit: Unit::Count,
        writable: false,
        meaning: "Openings and closings that the kernel could not report for want of room, since the daemon started. Not \
                  in RFC 4898.",
        proof: &["extension::notices::every_closing_is_told_once_with_its_final_values"],
    },
];

const fn control(name: &'static str, member: u16, meaning: &'static str, proof: &'static [&'static str]) -> ScalarInfo {
    ScalarInfo {
        name,
        member,
        wire: WireType::U32,
        unit: Unit::TruthValue,
        writable: true,
        meaning,
        proof,
    }
}

impl ScalarInfo {
    /// The scalar of that name, in any ASCII case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<&'static ScalarInfo> {
        SCALARS.iter().find(|scalar| scalar.name.eq_ignore_ascii_case(name))
    }

    /// The scalar of that member of the SCALARS nest.
    #[must_use]
    pub fn from_member(member: u16) -> Option<&'static ScalarInfo> {
        SCALARS.iter().find(|scalar| scalar.member == member)
    }
}
