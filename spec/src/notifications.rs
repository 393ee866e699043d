//! The notifications of RFC 4898: what the daemon says without being asked.

use crate::wire::extension::{cmd, event};

/// One notification.
#[derive(Debug)]
pub struct Notification {
    /// Name as in RFC 4898 without the prefix `tcpEStats`.
    pub name: &'static str,
    /// Command of the message.
    pub command: u8,
    /// Bit by which a subscriber asks for it.
    pub event: u32,
    /// When it is sent, and what it carries.
    pub meaning: &'static str,
    /// Tests that prove it, named as in [`crate::provenance`].
    pub proof: &'static [&'static str],
}

/// Both of them.
pub static NOTIFICATIONS: [Notification; 2] = [
    Notification {
        name: "EstablishNotification",
        command: cmd::ESTABLISHED,
        event: event::ESTABLISHED,
        meaning: "A connection was established. Carries its id, its ends and where it comes from.",
        proof: &["extension::notices::a_connection_is_told_when_it_opens_and_when_it_closes"],
    },
    Notification {
        name: "CloseNotification",
        command: cmd::CLOSED,
        event: event::CLOSED,
        meaning: "A connection was closed. Carries its id, its ends, where it comes from, and the final value of every \
                  instrument.",
        proof: &[
            "extension::notices::every_closing_is_told_once_with_its_final_values",
            "closings::an_orderly_end_is_told_with_the_final_values",
            "closings::a_reset_is_one_end_for_each_side",
            "closings::what_was_never_established_has_no_end",
        ],
    },
];
