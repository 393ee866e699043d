//! What proves the value of each instrument right.
//!
//! A test is named as the test program prints it, after the program's name. The document's own tests hold each of them to exist and to
//! speak of the instrument.

use crate::Id;

/// The proof of one instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// What it is compared with under real traffic, with loss, marks and pauses; by `state_rows` for what is read, by
    /// `event_rows` for what is accumulated. Empty where no such comparison is made.
    pub witness: &'static str,
    /// Tests in which it has the value that follows from what the test did.
    pub moves: &'static [&'static str],
    /// Tests in which it must not move.
    pub rests: &'static [&'static str],
}

/// A row that is read, and what else tells the same.
const fn told(witness: &'static str) -> Proof {
    scripted(witness, &[], &[])
}

/// A row with scripts.
const fn scripted(witness: &'static str, moves: &'static [&'static str], rests: &'static [&'static str]) -> Proof {
    Proof { witness, moves, rests }
}

/// Nothing is delivered, so there is nothing to prove but this.
const ABSENT: Proof = scripted("", &[], &["documented::what_is_masked_is_documented"]);

impl Id {
    /// What proves the value right.
    #[must_use]
    pub const fn proof(self) -> Proof {
        match self {
            Id::ConnectIndex => scripted(
                "",
                &["many_connections::ids_ascend_and_are_not_given_twice"],
                &["many_connections::the_list_is_right_while_two_thousand_open_and_after_they_closed"],
            ),

            // Perf
            Id::SegsOut => told("tcpi_segs_out"),
            Id::DataSegsOut => told("tcpi_data_segs_out"),
            Id::DataOctetsOut | Id::HCDataOctetsOut => told("tcpi_bytes_sent"),
            Id::SegsRetrans => told("tcpi_total_retrans"),
            Id::OctetsRetrans => told("tcpi_bytes_retrans"),
            Id::SegsIn => told("tcpi_segs_in"),
            Id::DataSegsIn => told("tcpi_data_segs_in"),
            Id::DataOctetsIn | Id::HCDataOctetsIn => scripted(
                "payload octets in the capture",
                &[
                    "scripted::header::repeated_and_early_octets_count_as_received",
                    "scripted::header::octets_that_come_after_our_fin_count",
                ],
                &["scripted::header::segments_without_data_are_no_octets"],
            ),
            Id::ElapsedSecs | Id::ElapsedMicroSecs => scripted(
                "first to last segment of the capture, within the passage through the stack",
                &["scripted::lifecycle::a_connection_has_lasted_until_its_last_segment"],
                &["scripted::lifecycle::a_connection_has_lasted_until_its_last_segment"],
            ),
            Id::StartTimeStamp => scripted(
                "when the test opened the connection",
                &["scripted::lifecycle::the_start_is_when_the_first_segment_passed"],
                &["scripted::lifecycle::the_start_is_when_the_first_segment_passed"],
            ),
            Id::CurMSS => told("tcpi_snd_mss"),
            Id::PipeSize => {
                told("unacknowledged octets of the socket; in a recovery, tcpi counts of segments by RFC 3517")
            }
            Id::MaxPipeSize => scripted(
                "at least the largest flight in the capture, at most the window",
                &[
                    "scripted::pipe::the_largest_flight_is_kept",
                    "scripted::pipe::short_segments_are_as_long_as_they_are",
                ],
                &[
                    "scripted::pipe::a_smaller_flight_changes_nothing",
                    "scripted::pipe::received_octets_are_not_ours",
                ],
            ),
            Id::SmoothedRTT => told("tcpi_rtt"),
            Id::CurRTO => told("tcpi_rto"),
            Id::CongSignals => scripted(
                "nstat: recoveries, repaired tail losses and first timeouts; CWR flags in the capture",
                &[
                    "scripted::congestion::three_duplicate_acks_are_one_signal",
                    "scripted::congestion::an_echo_of_congestion_is_a_signal_once_a_window",
                    "scripted::congestion::a_timeout_in_a_recovery_is_a_signal_of_its_own",
                ],
                &[
                    "scripted::congestion::fewer_duplicate_acks_are_no_signal",
                    "scripted::congestion::a_tail_loss_probe_that_was_not_needed_is_no_signal",
                    "kinds::path::a_smaller_path_is_no_congestion",
                ],
            ),
            Id::CurCwnd => told("tcpi_snd_cwnd times tcpi_snd_mss"),
            Id::CurSsthresh => told("tcpi_snd_ssthresh times tcpi_snd_mss"),
            Id::Timeouts | Id::SubsequentTimeouts => scripted(
                "nstat TCPTimeouts: Timeouts and SubsequentTimeouts together",
                &[
                    "scripted::rto::a_series_of_timeouts_has_one_first",
                    "scripted::rto::a_timeout_while_the_timer_is_still_doubled_is_a_subsequent_one",
                ],
                &[
                    "scripted::rto::probes_of_a_closed_window_are_no_timeouts",
                    "scripted::rto::a_tail_loss_probe_is_no_timeout",
                    "kinds::path::a_smaller_path_is_no_congestion",
                ],
            ),
            Id::AbruptTimeouts => scripted(
                "at most nstat TCPTimeouts",
                &[
                    "scripted::rto::a_series_of_timeouts_has_one_first",
                    "scripted::rto::a_repeated_syn_is_a_timeout",
                ],
                &["scripted::rto::a_timeout_after_a_duplicate_ack_is_not_abrupt"],
            ),
            Id::CurRwinSent => {
                told("tcpi_rcv_wnd as far as a header can say it; before Linux 6.2 the last window in the capture")
            }
            Id::MaxRwinSent => scripted(
                "largest window sent in the capture, within the scale",
                &["scripted::windows::the_largest_window_sent_is_kept_in_octets"],
                &["scripted::windows::a_window_that_shrinks_but_stays_open_is_not_closed"],
            ),
            Id::ZeroRwinSent => scripted(
                "closings of the window sent in the capture",
                &["scripted::windows::each_change_of_our_window_to_closed_counts_once"],
                &["scripted::windows::a_window_that_shrinks_but_stays_open_is_not_closed"],
            ),
            Id::CurRwinRcvd => told("tcpi_snd_wnd"),
            Id::MaxRwinRcvd => scripted(
                "largest window received in the capture",
                &["scripted::windows::the_largest_window_received_is_kept_in_octets"],
                &[],
            ),
            Id::ZeroRwinRcvd => scripted(
                "closings of the window received in the capture",
                &["scripted::windows::each_change_to_a_closed_window_counts_once"],
                &["scripted::windows::a_small_window_is_not_a_closed_one"],
            ),
            Id::SndLimTransRwin | Id::SndLimTimeRwin => scripted(
                "tcpi_rwnd_limited, within a tick for each run of its stopwatch",
                &[
                    "scripted::send_limits::a_full_receive_window_limits_until_it_opens",
                    "scripted::send_limits::a_closed_window_limits_until_it_opens",
                ],
                &["scripted::send_limits::a_full_congestion_window_limits_until_it_opens"],
            ),
            Id::SndLimTransCwnd | Id::SndLimTimeCwnd => scripted(
                "times with something outstanding in the capture",
                &[
                    "scripted::send_limits::a_full_congestion_window_limits_until_it_opens",
                    "scripted::send_limits::a_timeout_makes_the_time_before_it_limited_by_congestion",
                ],
                &["scripted::send_limits::a_full_receive_window_limits_until_it_opens"],
            ),
            Id::SndLimTransSnd | Id::SndLimTimeSnd => scripted(
                "times with nothing outstanding in the capture",
                &["scripted::send_limits::an_idle_application_limits_until_it_writes"],
                &["scripted::send_limits::an_idle_application_limits_until_it_writes"],
            ),
            Id::SndLimTransStartUp => scripted(
                "0",
                &[],
                &["scripted::send_limits::the_time_before_the_connection_is_established_is_its_own"],
            ),
            Id::SndLimTransTSODefer | Id::SndLimTimeTSODefer => scripted(
                "times with something outstanding in the capture",
                &["scripted::send_limits::waiting_for_a_larger_burst_is_a_limit_of_its_own"],
                &["scripted::send_limits::a_full_congestion_window_limits_until_it_opens"],
            ),
            Id::SndLimTransPace | Id::SndLimTimePace => scripted(
                "0, since reno does not pace",
                &["scripted::send_limits::waiting_for_the_pacing_timer_is_a_limit_of_its_own"],
                &["scripted::send_limits::a_full_congestion_window_limits_until_it_opens"],
            ),
            Id::SndLimTimeStartUp => scripted(
                "the handshake in the capture",
                &["scripted::send_limits::the_time_before_the_connection_is_established_is_its_own"],
                &["scripted::send_limits::the_time_before_the_connection_is_established_is_its_own"],
            ),
            Id::LostRetransmitSegs => scripted(
                "nstat's TCPLostRetransmit, give or take one for each timeout",
                &[
                    "scripted::lost_again::each_timeout_after_the_first_loses_a_retransmission",
                    "scripted::lost_again::a_retransmission_is_lost_when_what_was_sent_after_it_arrives",
                ],
                &[
                    "scripted::lost_again::retransmissions_that_arrive_are_not_lost",
                    "scripted::lost_again::a_probe_that_is_lost_is_no_retransmission",
                ],
            ),

            // Path
            Id::RetranThresh => told("tcpi_reordering"),
            Id::NonRecovDAEpisodes | Id::SumOctetsReordered | Id::NonRecovDA => scripted(
                "at most what the capture has of duplicates and advances",
                &[
                    "scripted::reordering::an_episode_ends_with_the_ack_that_advances",
                    "scripted::reordering::selective_acks_of_reordered_data_are_an_episode",
                ],
                &[
                    "scripted::reordering::an_episode_that_ends_in_a_fast_retransmit_is_a_loss",
                    "scripted::reordering::an_episode_that_ends_in_a_timeout_is_a_loss",
                ],
            ),
            Id::SampleRTT | Id::MaxRTT | Id::MinRTT | Id::SumRTT | Id::HCSumRTT | Id::CountRTT => scripted(
                "round trips in the capture, within the passage through the stack",
                &[
                    "scripted::rtt::samples_have_a_last_a_least_a_largest_and_a_sum",
                    "scripted::rtt::without_a_sample_there_is_no_sum",
                ],
                &["scripted::rtt::what_acknowledges_nothing_new_is_no_sample"],
            ),
            Id::RTTVar => told("(tcpi_rto - tcpi_rtt) / 4, within a tick"),
            Id::MaxRTO | Id::MinRTO => scripted(
                "bounds from tcpi_rto, the round trips in the capture and nstat TCPTimeouts",
                &[
                    "scripted::rto::the_largest_timeout_is_the_one_most_often_doubled",
                    "scripted::rto::timeouts_follow_the_round_trips",
                ],
                &["scripted::rto::a_repeated_syn_is_a_timeout"],
            ),
            Id::IpTtl | Id::IpTosIn => scripted(
                "the last packet received in the capture",
                &[
                    "scripted::header::ttl_and_tos_are_those_of_the_last_packet_received",
                    "scripted::header::ttl_and_tos_are_followed_while_closing",
                ],
                &["scripted::header::ttl_and_tos_are_those_of_the_last_packet_received"],
            ),
            Id::IpTosOut => scripted(
                "the last packet sent in the capture",
                &["scripted::header::the_tos_sent_has_the_ecn_bits"],
                &["scripted::header::the_tos_sent_changes_with_the_segment_not_with_the_option"],
            ),
            Id::PreCongSumCwnd | Id::PreCongSumRTT => scripted(
                "for one signal: the threshold that reno made of the window; the round trip before it in the capture",
                &[
                    "scripted::congestion::three_duplicate_acks_are_one_signal",
                    "scripted::congestion::two_losses_one_after_the_other_are_two_signals",
                ],
                &["scripted::congestion::fewer_duplicate_acks_are_no_signal"],
            ),
            Id::PostCongSumRTT | Id::PostCongCountRTT => scripted(
                "for one signal: the round trip behind it in the capture",
                &[
                    "scripted::congestion::three_duplicate_acks_are_one_signal",
                    "scripted::congestion::two_losses_one_after_the_other_are_two_signals",
                ],
                &["scripted::congestion::fewer_duplicate_acks_are_no_signal"],
            ),
            Id::ECNsignals => scripted(
                "ECE segments received in the capture",
                &["scripted::header::ecn::every_echo_received_is_a_notification"],
                &["scripted::header::ecn::an_echo_that_was_not_negotiated_notifies_of_nothing"],
            ),
            Id::DupAckEpisodes | Id::DupAcksOut => scripted(
                "duplicates sent in the capture",
                &[
                    "scripted::reordering::duplicates_sent_are_counted_and_their_runs",
                    "scripted::reordering::the_first_ack_sent_may_repeat_the_syn_ack",
                ],
                &[
                    "scripted::reordering::acks_of_data_in_order_are_no_duplicates",
                    "scripted::reordering::a_window_update_with_the_same_sack_block_is_no_duplicate",
                    "scripted::reordering::an_ack_sent_to_report_a_duplicate_is_none",
                ],
            ),
            Id::RcvRTT => told("tcpi_rcv_rtt"),
            Id::CERcvd => scripted(
                "CE marks received in the capture",
                &["scripted::header::ecn::every_marked_segment_counts"],
                &["scripted::header::ecn::other_codepoints_are_no_marks"],
            ),
            Id::ECESent => scripted(
                "edges of ECE sent in the capture",
                &["scripted::header::ecn::each_time_that_the_echo_is_switched_on_counts_once"],
                &["scripted::header::ecn::a_mark_that_was_not_negotiated_is_a_mark"],
            ),

            // Stack
            Id::ActiveOpen => scripted(
                "which end called connect()",
                &[
                    "scripted::lifecycle::who_opened_is_told_by_the_handshake",
                    "scripted::lifecycle::a_simultaneous_open_is_active",
                ],
                &["scripted::lifecycle::who_opened_is_told_by_the_handshake"],
            ),
            Id::MSSSent => scripted(
                "option of the SYN sent in the capture",
                &["scripted::lifecycle::options::segment_sizes_are_those_of_the_options"],
                &[],
            ),
            Id::MSSRcvd => scripted(
                "option of the SYN received in the capture, limited by TCP_MAXSEG",
                &["scripted::lifecycle::options::segment_sizes_are_those_of_the_options"],
                &["scripted::lifecycle::options::a_segment_size_that_may_not_have_been_announced_is_absent"],
            ),
            Id::WinScaleSent | Id::WinScaleRcvd => scripted(
                "option of the SYN in the capture",
                &[
                    "scripted::lifecycle::options::scales_are_those_of_the_options",
                    "scripted::lifecycle::options::an_offered_scale_was_sent_although_the_peer_has_none",
                ],
                &["scripted::lifecycle::options::no_option_is_no_scale"],
            ),
            Id::TimeStamps | Id::ECN | Id::WillSendSACK | Id::WillUseSACK => scripted(
                "tcpi_options",
                &[
                    "scripted::lifecycle::options::options_that_both_want_are_enabled",
                    "scripted::lifecycle::options::options_that_the_peer_does_not_want_are_not_ours_to_blame",
                    "scripted::lifecycle::options::options_that_we_do_not_want_are_ours_to_blame",
                ],
                &["scripted::lifecycle::options::later_settings_do_not_change_what_was_agreed"],
            ),
            Id::State => told("tcpi_state"),
            Id::Nagle => told("TCP_NODELAY"),
            Id::MaxSsCwnd => scripted(
                "without a signal the window of now; with one, the threshold that it left",
                &["scripted::cwnd::slow_start_grows_by_what_is_acknowledged"],
                &["scripted::cwnd::an_unused_window_does_not_grow"],
            ),
            Id::MaxCaCwnd => scripted(
                "after one signal the window of now",
                &["scripted::cwnd::congestion_avoidance_grows_from_the_threshold"],
                &["scripted::cwnd::slow_start_grows_by_what_is_acknowledged"],
            ),
            Id::MaxSsthresh | Id::MinSsthresh => scripted(
                "after one signal tcpi_snd_ssthresh",
                &[
                    "scripted::cwnd::a_fast_retransmit_sets_the_threshold_to_half_the_window",
                    "scripted::cwnd::a_timeout_sets_the_threshold_and_starts_slowly",
                ],
                &["scripted::cwnd::without_a_signal_there_is_no_threshold"],
            ),
            Id::InRecovery => told("tcpi_ca_state, tcpi_retrans and tcpi_sacked"),
            Id::DupAcksIn => scripted(
                "duplicates received in the capture, less ACKs that were merged",
                &[
                    "scripted::reordering::an_ack_that_changes_the_window_is_a_duplicate_if_it_brings_news",
                    "scripted::reordering::duplicates_count_while_the_connection_is_being_closed",
                    "scripted::reordering::an_episode_ends_with_the_ack_that_advances",
                    "scripted::reordering::an_episode_that_ends_in_a_fast_retransmit_is_a_loss",
                ],
                &[
                    "scripted::reordering::what_looks_like_a_duplicate_is_none",
                    "scripted::reordering::an_ack_that_opens_the_window_is_no_duplicate",
                ],
            ),
            Id::SpuriousFrDetected => scripted(
                "at most nstat's undos",
                &[
                    "scripted::recovery::a_reported_duplicate_takes_a_fast_retransmit_back",
                    "scripted::recovery::an_echo_of_the_original_takes_a_fast_retransmit_back",
                ],
                &["scripted::recovery::a_fast_retransmit_that_was_needed_stays"],
            ),
            Id::SpuriousRtoDetected => scripted(
                "at most nstat's undos",
                &[
                    "scripted::recovery::an_echo_of_the_original_takes_a_timeout_back",
                    "scripted::recovery::an_ack_of_what_was_not_retransmitted_takes_a_timeout_back",
                ],
                &["scripted::recovery::a_timeout_that_was_needed_stays"],
            ),
            Id::CongOverCount => scripted(
                "at most nstat's undos",
                &[
                    "scripted::recovery::a_reported_duplicate_takes_a_fast_retransmit_back",
                    "scripted::recovery::an_echo_of_the_original_takes_a_timeout_back",
                ],
                &["scripted::recovery::a_reported_duplicate_without_a_reduction_takes_nothing_back"],
            ),
            Id::SoftErrors | Id::SoftErrorReason => scripted(
                "at most the outdated segments in the capture",
                &[
                    "scripted::segments::data_that_was_received_before_is_below_the_window",
                    "scripted::segments::an_ack_of_what_was_never_sent_is_above_the_window",
                    "scripted::segments::a_timestamp_older_than_the_last_one_is_below_the_window",
                    "scripted::segments::a_wrong_checksum_is_an_error_whenever_it_is_found",
                    "scripted::segments::a_segment_that_says_nothing_of_itself_is_another_error",
                    "scripted::segments::a_reset_without_the_number_expected_is_another_error",
                    "scripted::segments::what_fails_while_the_connection_closes_is_an_error_as_any_other",
                    "scripted::segments::the_last_reason_is_the_one_told",
                ],
                &[
                    "scripted::segments::what_the_network_reorders_or_repeats_in_part_is_consistent",
                    "scripted::segments::a_reset_that_ends_the_connection_is_none",
                ],
            ),
            Id::SlowStart => scripted(
                "without a signal at most the growth of tcpi_snd_cwnd",
                &["scripted::cwnd::each_ack_in_slow_start_is_an_increase"],
                &[
                    "scripted::cwnd::a_window_that_does_not_grow_was_not_increased",
                    "scripted::cwnd::a_window_of_acks_in_congestion_avoidance_is_an_increase",
                ],
            ),
            Id::CongAvoid => scripted(
                "after one signal at most the growth of tcpi_snd_cwnd",
                &["scripted::cwnd::a_window_of_acks_in_congestion_avoidance_is_an_increase"],
                &["scripted::cwnd::each_ack_in_slow_start_is_an_increase"],
            ),
            Id::OtherReductions => scripted(
                "",
                &["scripted::cwnd::a_restart_after_idling_is_another_reduction"],
                &["scripted::cwnd::a_reduction_for_a_signal_is_no_other_reduction"],
            ),
            Id::FastRetran => scripted(
                "nstat TCPSackRecovery and TCPRenoRecovery",
                &[
                    "scripted::congestion::selective_acks_of_three_segments_are_one_signal",
                    "scripted::congestion::a_fast_retransmit_by_the_reordering_timer_is_a_signal",
                ],
                &[
                    "scripted::congestion::a_timeout_is_a_signal_and_no_fast_retransmit",
                    "scripted::congestion::fewer_duplicate_acks_are_no_signal",
                ],
            ),
            Id::CurTimeoutCount => scripted(
                "tcpi_retransmits",
                &["scripted::rto::a_series_of_timeouts_has_one_first"],
                &["scripted::rto::no_timeouts_where_everything_is_acknowledged"],
            ),
            Id::SACKsRcvd | Id::SACKBlocksRcvd => scripted(
                "SACK options received in the capture",
                &[
                    "scripted::header::sack::options_and_their_blocks_are_counted",
                    "scripted::header::sack::a_report_of_a_duplicate_is_a_block",
                ],
                &["scripted::header::sack::options_sent_are_not_options_received"],
            ),
            Id::SendStall => scripted(
                "",
                &["scripted::stalls::a_packet_that_a_queue_refuses_is_a_stall"],
                &[
                    "scripted::stalls::a_packet_that_waits_in_a_queue_or_is_flushed_from_it_is_no_stall",
                    "scripted::stalls::a_packet_that_a_filter_drops_is_no_stall",
                ],
            ),
            Id::DSACKDups => scripted(
                "tcpi_dsack_dups",
                &["scripted::header::sack::a_report_of_a_duplicate_is_a_block"],
                &[],
            ),
            Id::MaxMSS | Id::MinMSS => scripted(
                "tcpi_snd_mss, where the path's MTU does not change",
                &["scripted::lifecycle::options::the_segment_size_in_use_follows_the_path"],
                &["scripted::lifecycle::options::the_segment_size_in_use_follows_the_path"],
            ),
            Id::SndInitial | Id::RecInitial => scripted(
                "sequence numbers of the SYNs in the capture",
                &["scripted::lifecycle::initial_sequence_numbers_are_those_of_the_syns"],
                &["scripted::lifecycle::initial_sequence_numbers_are_those_of_the_syns"],
            ),
            Id::CurRetxQueue | Id::MaxRetxQueue => scripted(
                "",
                &["scripted::queues::what_waits_for_its_acknowledgement_is_kept_at_its_largest"],
                &["scripted::queues::received_data_waits_for_no_acknowledgement"],
            ),
            Id::CurReasmQueue => scripted(
                "span from the next octet expected to the last one received, in the capture",
                &["scripted::queues::the_reassembly_queue_spans_from_the_hole_to_its_right_edge"],
                &["scripted::queues::data_in_order_and_data_out_of_the_window_are_not_reassembled"],
            ),
            Id::MaxReasmQueue => scripted(
                "largest such span in the capture",
                &["scripted::queues::the_reassembly_queue_spans_from_the_hole_to_its_right_edge"],
                &["scripted::queues::data_in_order_and_data_out_of_the_window_are_not_reassembled"],
            ),
            Id::RackTimeout => scripted(
                "at least nstat TCPFastRetrans, at most the segments sent",
                &["scripted::recovery::segments_lost_by_the_order_of_sending_are_counted"],
                &["scripted::recovery::segments_lost_by_a_timeout_are_not_lost_by_their_order"],
            ),

            // App
            Id::SndUna => told("highest acknowledgement received in the capture"),
            Id::SndNxt | Id::SndMax => told("highest sequence number sent in the capture"),
            Id::ThruOctetsAcked | Id::HCThruOctetsAcked => told("tcpi_bytes_acked"),
            Id::RcvNxt => told("highest acknowledgement sent in the capture"),
            Id::ThruOctetsReceived | Id::HCThruOctetsReceived => told("tcpi_bytes_received"),
            Id::CurAppWQueue => scripted(
                "ioctl SIOCOUTQNSD",
                &["scripted::queues::what_waits_for_a_window_is_kept_at_its_largest"],
                &["scripted::queues::received_data_waits_for_no_window"],
            ),
            Id::MaxAppWQueue => scripted(
                "at least SIOCOUTQNSD of now, at most the send buffer",
                &["scripted::queues::what_waits_for_a_window_is_kept_at_its_largest"],
                &["scripted::queues::received_data_waits_for_no_window"],
            ),
            Id::CurAppRQueue => scripted(
                "ioctl SIOCINQ",
                &["scripted::queues::what_the_application_left_unread_is_kept_at_its_largest"],
                &["scripted::queues::data_behind_a_hole_is_not_unread"],
            ),
            Id::MaxAppRQueue => scripted(
                "at least SIOCINQ of now, at most the octets in the capture",
                &["scripted::queues::what_the_application_left_unread_is_kept_at_its_largest"],
                &["scripted::queues::data_behind_a_hole_is_not_unread"],
            ),

            // Tune, and Web10G's own
            Id::LimCwnd => scripted(
                "no limit, where none was written",
                &["limits::a_written_lim_cwnd_holds_the_window_down"],
                &[],
            ),
            Id::LimRwin => scripted(
                "TCP_WINDOW_CLAMP",
                &["limits::a_written_lim_rwin_holds_the_announced_window_down"],
                &[],
            ),
            Id::LimMSS => told("option of the SYN received in the capture, limited by TCP_MAXSEG"),
            Id::Priority => told("SO_PRIORITY"),
            Id::OtherReductionsCV => scripted(
                "",
                &[
                    "scripted::cwnd::a_restart_after_idling_is_another_reduction",
                    "scripted::cwnd::a_window_that_the_application_does_not_fill_is_another_reduction",
                ],
                &[
                    "scripted::cwnd::a_reduction_for_a_signal_is_no_other_reduction",
                    "kinds::congestion_control::the_window_of_a_probe_for_the_round_trip_is_another_reduction",
                ],
            ),
            Id::LimSsthresh | Id::EarlyRetrans | Id::EarlyRetransDelay | Id::OtherReductionsCM => ABSENT,

            // Listener
            Id::ListenerStartTime => scripted(
                "",
                &["listeners::life::the_start_time_is_when_the_socket_began_to_listen"],
                &["listeners::life::a_connection_does_not_change_the_start_time"],
            ),
            Id::ListenerSynRcvd | Id::ListenerHCSynRcvd => scripted(
                "",
                &["listeners::scripted::a_repeated_syn_counts_again_and_its_request_does_not"],
                &["listeners::scripted::what_is_no_syn_is_not_counted"],
            ),
            Id::ListenerInitial | Id::ListenerHCInitial => scripted(
                "",
                &["listeners::scripted::a_handshake_and_its_accept_move_each_row_once"],
                &["listeners::scripted::a_request_that_is_answered_with_a_cookie_sets_up_no_state"],
            ),
            Id::ListenerEstablished | Id::ListenerHCEstablished => scripted(
                "nstat TcpPassiveOpens",
                &["listeners::life::each_socket_of_a_group_has_its_own_connections"],
                &["listeners::scripted::a_request_that_is_given_up_exceeds_the_backlog"],
            ),
            Id::ListenerAccepted | Id::ListenerHCAccepted => scripted(
                "",
                &["listeners::many::established_are_the_accepted_and_the_waiting"],
                &["listeners::scripted::a_connection_that_dies_in_the_queue_waits_on"],
            ),
            Id::ListenerExceedBacklog | Id::ListenerHCExceedBacklog => scripted(
                "",
                &["listeners::scripted::a_request_that_is_given_up_exceeds_the_backlog"],
                &["listeners::backlog::what_does_not_fit_is_turned_away"],
            ),
            Id::ListenerCurConns => scripted(
                "",
                &["listeners::backlog::a_long_queue_is_counted_to_its_end"],
                &["listeners::scripted::data_moves_no_row"],
            ),
            Id::ListenerMaxBacklog => scripted(
                "tcpi_sacked of the listening socket",
                &["listeners::backlog::its_length_is_what_listen_was_told_capped_by_the_system"],
                &["listeners::backlog::its_length_is_what_listen_was_told_capped_by_the_system"],
            ),
            Id::ListenerCurBacklog => scripted(
                "",
                &["listeners::scripted::a_handshake_and_its_accept_move_each_row_once"],
                &["listeners::scripted::data_moves_no_row"],
            ),
            Id::ListenerCurEstabBacklog => scripted(
                "tcpi_unacked of the listening socket",
                &["listeners::backlog::who_waits_is_who_was_not_accepted"],
                &["listeners::scripted::a_request_that_is_given_up_exceeds_the_backlog"],
            ),
        }
    }
}
