//! Which tests show that each kind of connection has the right values.
//!
//! What they hold the instruments to is not said here: the document takes it from the tests.

/// A kind of connection: how it begins, what it uses, what happens to it or how it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Circumstance {
    /// What it is.
    pub name: &'static str,
    /// Tests of it, named as the test program prints them, after the program's name.
    pub tests: &'static [&'static str],
}

/// All that are shown.
pub const CIRCUMSTANCES: &[Circumstance] = &[
    // What controls congestion
    Circumstance {
        name: "Reno",
        tests: &[
            "scripted::congestion::three_duplicate_acks_are_one_signal",
            "scripted::cwnd::slow_start_grows_by_what_is_acknowledged",
            "scripted::cwnd::a_fast_retransmit_sets_the_threshold_to_half_the_window",
            "scripted::cwnd::congestion_avoidance_grows_from_the_threshold",
            "scripted::cwnd::a_timeout_sets_the_threshold_and_starts_slowly",
        ],
    },
    Circumstance {
        name: "CUBIC",
        tests: &[
            "kinds::congestion_control::every_signal_under_cubic_leaves_seven_tenths",
            "scripted::cwnd::cubic_keeps_more_of_its_window",
        ],
    },
    Circumstance {
        name: "BBR",
        tests: &[
            "kinds::congestion_control::a_loss_under_bbr_is_a_signal_without_a_threshold",
            "kinds::congestion_control::a_loss_under_bbr_that_was_none_is_taken_back",
            "kinds::congestion_control::bbr_waits_for_its_pace",
            "kinds::congestion_control::the_window_of_a_probe_for_the_round_trip_is_another_reduction",
        ],
    },
    Circumstance {
        name: "DCTCP, where the kernel has it",
        tests: &[
            "kinds::dctcp::an_echo_under_dctcp_is_a_signal_once_a_window",
            "kinds::dctcp::the_echo_of_dctcp_follows_the_marks",
            "kinds::dctcp::dctcp_without_ecn_is_reno",
        ],
    },
    // What both ends agreed on
    Circumstance {
        name: "SACK, timestamps and ECN, each in use and not",
        tests: &[
            "kinds::options::values_follow_from_what_was_agreed",
            "scripted::congestion::selective_acks_of_three_segments_are_one_signal",
            "scripted::header::sack::options_and_their_blocks_are_counted",
            "scripted::rtt::the_ack_of_a_retransmission_is_a_sample_with_timestamps",
            "scripted::rtt::the_ack_of_a_retransmission_is_no_sample_without_timestamps",
            "scripted::congestion::an_echo_of_congestion_is_a_signal_once_a_window",
            "scripted::header::ecn::each_time_that_the_echo_is_switched_on_counts_once",
        ],
    },
    Circumstance {
        name: "The largest window scale",
        tests: &["kinds::options::the_largest_window_is_told_in_octets"],
    },
    Circumstance {
        name: "Subflows of MPTCP",
        tests: &["kinds::multipath::subflows_are_connections"],
    },
    // How it begins
    Circumstance {
        name: "TCP Fast Open",
        tests: &[
            "kinds::fast_open::data_in_our_syn_are_data",
            "kinds::fast_open::data_in_our_syn_that_the_peer_passes_over_are_repeated",
            "kinds::fast_open::a_syn_with_data_that_is_lost_is_repeated_without_them",
            "kinds::fast_open::data_in_the_peers_syn_are_data",
            "kinds::fast_open::a_fast_open_that_is_not_completed_is_never_listed",
        ],
    },
    Circumstance {
        name: "Simultaneous open",
        tests: &[
            "kinds::opening::a_simultaneous_open_counts_as_any_other",
            "scripted::lifecycle::a_simultaneous_open_is_active",
        ],
    },
    Circumstance {
        name: "A handshake that is repeated, deferred or without a request",
        tests: &[
            "kinds::opening::a_repeated_syn_ack_is_a_retransmission_and_no_timeout",
            "kinds::opening::a_connection_that_is_deferred_begins_with_its_data",
            "kinds::opening::a_connection_from_a_syn_cookie_is_complete",
        ],
    },
    Circumstance {
        name: "A handshake that is not completed",
        tests: &[
            "kinds::opening::a_handshake_that_is_not_completed_is_never_listed",
            "kinds::opening::a_connection_that_is_refused_is_never_listed",
            "kinds::opening::a_connection_that_nobody_answers_is_never_listed",
        ],
    },
    Circumstance {
        name: "Accepted late, or never",
        tests: &[
            "kinds::opening::a_connection_is_complete_before_it_is_accepted",
            "kinds::opening::a_connection_belongs_to_the_user_who_accepts_it",
            "kinds::opening::a_connection_that_nobody_accepts_is_listed_and_closed_once",
            "kinds::resets::connections_that_nobody_accepts_are_reset_with_their_listener",
        ],
    },
    Circumstance {
        name: "Older than the daemon",
        tests: &[
            "kinds::adopted::the_state_of_an_old_connection_is_exact_at_once",
            "kinds::adopted::who_did_not_want_an_option_of_an_old_connection_is_unknown",
            "kinds::adopted::the_events_of_an_old_connection_count_from_the_daemon_on",
            "kinds::adopted::what_was_being_opened_is_as_if_it_were_new",
        ],
    },
    Circumstance {
        name: "Restored from another socket",
        tests: &[
            "kinds::repair::a_restored_connection_has_what_it_was_given_and_no_beginning",
            "kinds::repair::a_connection_that_is_dumped_ends_without_a_segment",
        ],
    },
    // What happens to it
    Circumstance {
        name: "Tail loss probes",
        tests: &[
            "kinds::tail::a_probe_that_repairs_a_loss_is_a_signal_without_a_fast_retransmit",
            "kinds::tail::a_probe_that_was_not_needed_is_a_retransmission_and_nothing_else",
            "kinds::tail::a_probe_with_new_octets_is_no_retransmission",
            "scripted::congestion::a_loss_repaired_by_a_tail_loss_probe_is_a_signal",
            "scripted::congestion::a_tail_loss_probe_that_was_not_needed_is_no_signal",
            "scripted::rto::a_tail_loss_probe_is_no_timeout",
        ],
    },
    Circumstance {
        name: "Forward RTO recovery (F-RTO)",
        tests: &[
            "kinds::spurious::a_timeout_that_new_octets_show_to_be_spurious_is_taken_back",
            "kinds::spurious::a_timeout_that_selective_acks_show_to_be_spurious_is_taken_back",
            "kinds::spurious::a_timeout_that_new_octets_show_to_be_needed_stays",
            "scripted::recovery::an_ack_of_what_was_not_retransmitted_takes_a_timeout_back",
        ],
    },
    Circumstance {
        name: "Probes of a closed window",
        tests: &[
            "kinds::idle::probes_of_a_closed_window_are_segments_and_nothing_else",
            "scripted::rto::probes_of_a_closed_window_are_no_timeouts",
            "scripted::windows::each_change_to_a_closed_window_counts_once",
        ],
    },
    Circumstance {
        name: "Keep-alives",
        tests: &["kinds::idle::keep_alives_are_segments_and_nothing_else"],
    },
    Circumstance {
        name: "Another path MTU",
        tests: &[
            "kinds::path::a_smaller_path_is_no_congestion",
            "kinds::path::a_smaller_path_of_ipv6_is_no_congestion",
            "kinds::path::a_message_about_what_was_acknowledged_changes_nothing",
            "scripted::lifecycle::options::the_segment_size_in_use_follows_the_path",
        ],
    },
    Circumstance {
        name: "Octets that are not written one by one",
        tests: &[
            "kinds::writes::octets_of_a_file_are_octets",
            "kinds::writes::octets_that_are_not_copied_are_octets",
            "kinds::writes::an_urgent_octet_is_an_octet",
        ],
    },
    Circumstance {
        name: "Sequence numbers that wrap around",
        tests: &["kinds::wrapping::values_do_not_depend_on_where_the_numbers_begin"],
    },
    // How it ends
    Circumstance {
        name: "Closed by one end",
        tests: &[
            "kinds::closing::a_half_closed_connection_receives_as_any_other",
            "kinds::closing::a_connection_that_the_peer_half_closed_sends_as_any_other",
            "kinds::closing::losses_after_the_peers_fin_are_losses",
            "kinds::closing::a_fin_that_waits_is_no_data",
            "kinds::closing::a_repeated_fin_is_a_retransmission_of_no_octets",
        ],
    },
    Circumstance {
        name: "Simultaneous close",
        tests: &["kinds::closing::a_simultaneous_close_passes_through_closing"],
    },
    Circumstance {
        name: "Half-open: the other end is not there any more",
        tests: &[
            "kinds::closing::a_connection_that_the_peer_forgot_ends_with_its_next_segment",
            "kinds::closing::a_peer_that_restarted_has_a_new_connection",
            "kinds::closing::a_connection_that_times_out_keeps_its_last_values",
        ],
    },
    Circumstance {
        name: "Reset by this end",
        tests: &[
            "kinds::closing::a_connection_closed_with_unread_data_is_reset",
            "kinds::closing::a_connection_closed_with_unread_data_before_the_end_is_reset",
            "kinds::closing::a_connection_aborted_with_unsent_data_is_reset",
            "kinds::resets::unread_data_is_answered_with_a_reset_in_every_state",
            "kinds::resets::a_dissolved_connection_has_its_reset_and_its_values",
            "kinds::resets::what_was_not_sent_before_the_end_is_called_off_with_a_reset",
            "kinds::resets::an_end_that_was_sent_is_not_called_off",
            "kinds::resets::an_aborted_connection_that_was_half_closed_is_reset",
            "kinds::resets::a_half_closed_connection_that_is_closed_is_over",
        ],
    },
    Circumstance {
        name: "Reset by the peer",
        tests: &[
            "kinds::resets::the_peers_reset_is_the_end_in_every_state",
            "scripted::lifecycle::a_connection_that_was_reset_keeps_its_last_values",
        ],
    },
    Circumstance {
        name: "Followed by another one of the same ends",
        tests: &[
            "kinds::closing::a_connection_that_follows_time_wait_begins_anew",
            "kinds::closing::a_socket_that_connects_again_begins_anew",
        ],
    },
];
