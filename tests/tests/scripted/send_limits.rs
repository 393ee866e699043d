//! Why output stopped, how often and for how long. Times are those of the wire, microseconds.

use std::thread::sleep;
use std::time::Duration;

use estats_spec::Id;
use estats_tests::peer::{Kernel, Lapse, Moment, Setup, ack, data, syn, syn_ack};
use estats_tests::release::release;
use estats_tests::sockopt;

/// Long enough to tell the state that it is spent in from all others.
const PAUSE: Duration = Duration::from_millis(40);

/// The rows that count how often output began to be limited: by the receiver, by congestion control, by the sender.
const TRANSITIONS: [Id; 3] = [Id::SndLimTransRwin, Id::SndLimTransCwnd, Id::SndLimTransSnd];

fn transitions(kernel: &mut Kernel) -> [i64; 3] {
    TRANSITIONS.map(|id| kernel.row(id))
}

/// How often each state was entered since `before`.
fn expect_entered(kernel: &mut Kernel, before: [i64; 3], entered: [i64; 3]) {
    let expected: Vec<_> = (0..3)
        .map(|index| (TRANSITIONS[index], before[index] + entered[index]))
        .collect();
    kernel.expect_rows(&expected);
}

#[test]
fn a_full_congestion_window_limits_until_it_opens() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    let before = transitions(&mut kernel);
    let stopped = kernel.write(15_000);
    peer.expect_data(1..10_001, 1000);
    expect_entered(&mut kernel, before, [0, 1, 0]);
    sleep(PAUSE);
    let limited = stopped.until(peer.send(ack(10_001)));
    peer.expect_data(10_001..15_001, 1000);
    expect_entered(&mut kernel, before, [0, 1, 1]);
    peer.send(ack(15_001));
    expect_entered(&mut kernel, before, [0, 1, 1]);
    kernel.expect_row(Id::SndLimTimeCwnd, limited.microseconds());
    kernel.expect_rows(&[
        (Id::SndLimTimeRwin, 0),
        (Id::SndLimTransTSODefer, 0),
        (Id::SndLimTimeTSODefer, 0),
        (Id::SndLimTransPace, 0),
        (Id::SndLimTimePace, 0),
    ]);
}

#[test]
fn a_full_receive_window_limits_until_it_opens() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    peer.send(data(1..101));
    peer.expect(ack(101));
    peer.send(ack(1).window(3000));
    let before = transitions(&mut kernel);
    let stopped = kernel.write(5000);
    peer.expect_data(1..3001, 1000);
    expect_entered(&mut kernel, before, [1, 0, 0]);
    sleep(PAUSE);
    let limited = stopped.until(peer.send(ack(3001).window(3000)));
    peer.expect_data(3001..5001, 1000);
    expect_entered(&mut kernel, before, [1, 0, 1]);
    peer.send(ack(5001));
    kernel.expect_row(Id::SndLimTimeRwin, limited.microseconds());
    kernel.expect_rows(&[(Id::SndLimTimeCwnd, 0)]);
}

/// It does from the write on. Before Linux 6.16 nothing sees a write that sends nothing: the time from the last segment before it is
/// charged, too.
#[test]
fn a_closed_window_limits_until_it_opens() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    let silent = peer.close_window();
    sleep(PAUSE);
    let before = transitions(&mut kernel);
    let stopped = kernel.write(2000);
    expect_entered(&mut kernel, before, [1, 0, 0]);
    sleep(PAUSE);
    let opened = peer.send(ack(1).window(5000));
    let limited = stopped.until(opened);
    let closed = if release() < (6, 16) {
        silent.until(opened)
    } else {
        limited
    };
    peer.expect_data(1..2001, 1000);
    expect_entered(&mut kernel, before, [1, 0, 1]);
    peer.send(ack(2001));
    let (least, most) = (limited.microseconds(), closed.microseconds());
    kernel.expect_row(Id::SndLimTimeRwin, *least.start()..=*most.end());
}

#[test]
fn an_application_that_writes_little_is_the_only_limit() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    let before = transitions(&mut kernel);
    let begin = kernel.row(Id::SndLimTimeSnd);
    let mut moments = Vec::new();
    for start in (1..4001).step_by(1000) {
        kernel.write(1000);
        peer.expect(data(start..start + 1000));
        sleep(PAUSE / 4);
        moments.push(peer.send(ack(start + 1000)));
    }
    expect_entered(&mut kernel, before, [0, 0, 0]);
    kernel.expect_rows(&[(Id::SndLimTimeRwin, 0), (Id::SndLimTimeCwnd, 0)]);
    let least = moments[0].until(moments[3]).microseconds();
    let spent = kernel.row(Id::SndLimTimeSnd) - begin;
    assert!(spent >= *least.start(), "{spent} of {least:?}");
}

/// Nothing else stops output from the handshake to the first write, and afterwards the window does.
#[test]
fn an_idle_application_limits_until_it_writes() {
    let (mut kernel, mut peer) = Setup::default().ends();
    kernel.listen();
    peer.send(syn());
    peer.expect(syn_ack());
    let established = peer.send(ack(1));
    kernel.accept();
    sleep(PAUSE);
    let idle = established.until(kernel.write(15_000)).microseconds();
    peer.expect_data(1..10_001, 1000);
    kernel.expect_rows(&[(Id::SndLimTransSnd, 1)]);
    kernel.expect_row(Id::SndLimTimeSnd, idle.clone());
    // None of this pause is the application's.
    sleep(PAUSE);
    kernel.expect_row(Id::SndLimTimeSnd, idle);
    peer.send(ack(5001));
    peer.expect_data(10_001..15_001, 1000);
    kernel.expect_rows(&[(Id::SndLimTransSnd, 2)]);
}

/// The time before a timeout belongs to congestion control, whatever had stopped output; and so does the time after it, as
/// long as the window is full with the retransmission.
#[test]
fn a_timeout_makes_the_time_before_it_limited_by_congestion() {
    let (mut kernel, mut peer) = Setup::default().impatient().accepted();
    let before = transitions(&mut kernel);
    let stopped = kernel.write(1000);
    peer.expect(data(1..1001));
    peer.expect(data(1..1001));
    sleep(PAUSE);
    let limited = stopped.until(peer.send(ack(1001)));
    kernel.write(1000);
    peer.expect(data(1001..2001));
    kernel.expect_row(Id::SndLimTimeCwnd, limited.microseconds());
    kernel.expect_rows(&[(Id::SndLimTimeRwin, 0), (Id::SndLimTransCwnd, before[1] + 1)]);
}

#[test]
fn the_time_before_the_connection_is_established_is_its_own() {
    let (mut kernel, mut peer) = Setup::default().ends();
    let before = Moment::now();
    kernel.begin_to_connect();
    peer.expect(syn());
    let after = Moment::now();
    sleep(PAUSE);
    let answered = peer.send(syn_ack().acknowledging(1));
    peer.expect(ack(1));
    kernel.finish_connecting();
    let lapse: Lapse = before.or_until(after).until(answered);
    kernel.expect_row(Id::SndLimTimeStartUp, lapse.microseconds());
    kernel.expect_rows(&[
        (Id::SndLimTransStartUp, 0),
        (Id::SndLimTimeCwnd, 0),
        (Id::SndLimTimeRwin, 0),
    ]);
    // It is over for good.
    let start_up = kernel.row(Id::SndLimTimeStartUp);
    kernel.write(1000);
    peer.expect(data(1..1001));
    sleep(PAUSE);
    peer.send(ack(1001));
    kernel.expect_rows(&[(Id::SndLimTransStartUp, 0), (Id::SndLimTimeStartUp, start_up)]);
}

/// The kernel holds the rest of a burst back when it is small, and the next ACK can be waited for: the oldest segment has been out for
/// longer than half a round trip (`tcp_tso_should_defer()`).
#[test]
fn waiting_for_a_larger_burst_is_a_limit_of_its_own() {
    let setup = Setup::default().with_settings(&[("ipv4/tcp_tso_win_divisor", "3"), ("ipv4/tcp_min_tso_segs", "8")]);
    let (mut kernel, mut peer) = setup.ends();
    kernel.listen();
    peer.open_slowly(Duration::from_millis(10));
    kernel.accept();
    kernel.write(10_000);
    peer.expect_data(1..10_001, 1000);
    kernel.write(30_000);
    sleep(Duration::from_micros(kernel.info().rtt.into()));
    kernel.expect_rows(&[(Id::SndLimTransTSODefer, 0), (Id::SndLimTimeTSODefer, 0)]);
    let stopped = peer.send(ack(5001));
    // There is room for ten, of which half a window goes out at once.
    peer.expect_data(10_001..17_001, 1000);
    let info = kernel.info();
    assert_eq!((info.snd_cwnd, info.unacked), (15, 12));
    kernel.expect_rows(&[(Id::SndLimTransTSODefer, 1)]);
    sleep(PAUSE);
    let limited = stopped.until(peer.send(ack(17_001)));
    peer.expect(data(17_001..18_001));
    kernel.expect_rows(&[(Id::SndLimTransTSODefer, 1)]);
    kernel.expect_row(Id::SndLimTimeTSODefer, limited.microseconds());
}

/// From the eleventh segment on the kernel paces to the rate that the socket asked for: here two segments in 10 ms. (On a short
/// path it would send more at once, but for the setting.)
#[test]
fn waiting_for_the_pacing_timer_is_a_limit_of_its_own() {
    let setup = Setup {
        settings: &[("ipv4/tcp_tso_rtt_log", "0")],
        ..Setup::default()
    };
    let (mut kernel, mut peer) = setup.accepted();
    kernel.write(10_000);
    peer.expect_data(1..10_001, 1000);
    peer.send(ack(10_001));
    let before = transitions(&mut kernel);
    kernel.expect_rows(&[(Id::SndLimTransPace, 0), (Id::SndLimTimePace, 0)]);
    sockopt::set(kernel.socket(), libc::SOL_SOCKET, libc::SO_MAX_PACING_RATE, 200_000).expect("setsockopt");
    let began = kernel.write(8000);
    peer.expect_data(10_001..18_001, 1000);
    let most = *began.until(Moment::now()).microseconds().end();
    peer.send(ack(18_001));
    // Three pauses, each of which the kernel may shorten by half for time that went unused.
    kernel.expect_row(Id::SndLimTimePace, 3 * 5000..=most);
    kernel.expect_rows(&[(Id::SndLimTransPace, 1)]);
    expect_entered(&mut kernel, before, [0, 0, 1]);
}
