//! `watchvars` and `deltavars`: several reads, then the end of the connection.

use crate::fake_daemon::{Answer, FakeDaemon};
use crate::program::{Result, command, nowhere, run};
use crate::wire::some_variables_at;
use std::os::unix::process::ExitStatusExt;

const EINVAL: i32 = 22;
const ENDED: &str = "mnl_cb_run error: Error thrown from genetlink library\n";

/// A connection that sends 6 segments in a second, over the end of the counter, and is then gone.
fn two_reads() -> FakeDaemon {
    let read = |sec, segs_out| Answer::Data(vec![some_variables_at(sec, segs_out)]);
    FakeDaemon::start(vec![
        read(1_700_000_000, 4_294_967_295),
        read(1_700_000_001, 5),
        Answer::Error(EINVAL),
    ])
}

fn listing(sec: &str, segs_out: &str, equals: impl Fn(&str) -> String) -> String {
    let line = |name: &str, value: &str| format!("{}{value}\n", equals(name));
    [
        format!("Timestamp sec: {sec}, usec: 4242\n"),
        "\n\n Perf Table\n\n".to_owned(),
        line("SegsOut", segs_out),
        line("HCDataOctetsOut", "18446744073709551615"),
        "\n\n Path Table\n\n".to_owned(),
        line("RTTVar", "12"),
        "\n\n Stack Table\n\n".to_owned(),
        line("WinScaleSent", "-1"),
        line("TimeStamps", "1"),
        "\n\n App Table\n\n".to_owned(),
        "\n\n Tune Table\n\n".to_owned(),
        line("LimMSS", "1448"),
        // The last table has no title.
        line("Priority", "0"),
        "\n\n".to_owned(),
    ]
    .concat()
}

#[test]
fn watchvars_prints_what_is() {
    let daemon = two_reads();
    let equals = |name: &str| format!("{name}=");
    let expected = [
        listing("1700000000", "4294967295", equals),
        listing("1700000001", "5", equals),
        "Invalid argument\n".to_owned(),
    ];
    assert_eq!(
        run("watchvars", daemon.socket(), &["7", "-i", "0"]),
        Result::new(&expected.concat(), ENDED, 1)
    );
}

#[test]
fn deltavars_prints_what_came() {
    let daemon = two_reads();
    let equals = |name: &str| format!("{name:<20}= ");
    let first = listing("1700000000", "4294967295", equals);
    let second = listing("1700000001", "6", equals).replace("18446744073709551615", "0");
    assert_eq!(
        run("deltavars", daemon.socket(), &["-i", "0", "7"]),
        Result::new(&(first + &second + "Invalid argument\n"), ENDED, 1)
    );
}

#[test]
fn rows_with_the_separators_that_each_program_has() {
    let values = "12,-1,1,1448,0,\n";
    let names = [
        "SegsOut",
        "HCDataOctetsOut",
        "RTTVar",
        "WinScaleSent",
        "TimeStamps",
        "LimMSS",
        "Priority",
    ];
    let first = format!("1700000000,4242,4294967295,18446744073709551615,{values}");
    for (program, separator, second) in [
        (
            "watchvars",
            "\t",
            format!("1700000001,4242,5,18446744073709551615,{values}"),
        ),
        ("deltavars", ",", format!("1700000001,4242,6,0,{values}")),
    ] {
        let daemon = two_reads();
        let header = format!("sec,usec,{}{separator}\n", names.join(separator));
        assert_eq!(
            run(program, daemon.socket(), &["-s", "-i0", "--count", "2", "7"]),
            Result::new(&(header + &first + &second), "", 0)
        );
    }
}

#[test]
fn json_is_a_line_for_each_time_and_nothing_else() {
    let daemon = two_reads();
    let result = run(
        "deltavars",
        daemon.socket(),
        &["7", "--json", "-m1,0,0,0,0", "--interval", "0.5"],
    );
    let line = |sec: u32, segs_out: u32| {
        format!(
            concat!(
                r#"{{"cid":7,"tuple":{{"local_addr":"127.0.0.1","local_port":22,"rem_addr":"10.0.0.2","rem_port":40000}},"#,
                r#""time":{{"sec":{},"usec":4242}},"tables":{{"perf":{{"SegsOut":{}}},"path":{{}},"stack":{{}},"#,
                r#""app":{{}},"tune":{{}},"extras":{{"Priority":0}}}}}}"#,
                "\n"
            ),
            sec, segs_out
        )
    };
    let stderr = "deltavars: connection 7: estatsd refused to read this connection: EINVAL: Invalid argument\n";
    let expected = line(1_700_000_000, 4_294_967_295) + &line(1_700_000_001, 6);
    assert_eq!(result, Result::new(&expected, stderr, 1));
}

/// A reader that goes away ends a program that would go on for ever.
#[test]
fn a_closed_pipe() {
    for program in ["watchvars", "deltavars"] {
        let daemon = two_reads();
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = command(program, daemon.socket())
            .args(["7", "-i", "0"])
            .stdout(writer)
            .output()
            .expect("it runs");
        assert_eq!((output.status.signal(), output.stderr), (Some(13), vec![]), "{program}");
    }
}

#[test]
fn command_lines_that_reach_no_daemon() {
    for program in ["watchvars", "deltavars"] {
        let synopsis = format!("\n\n{program} cid [-m mask] [-s] [-i interval]\n");
        for (arguments, status) in [(&[][..], 1), (&["-h"], 0), (&["--help"], 0)] {
            let result = run(program, &nowhere(), arguments);
            assert!(result.stdout.starts_with(&synopsis), "{}", result.stdout);
            assert_eq!((result.stderr.as_str(), result.status), ("", Some(status)));
        }
        for (arguments, stdout, stderr) in [
            (&["-m", "ff"][..], "Too few non-option args\n", String::new()),
            (&["0"], "", "Invalid argument\n".to_owned()),
            (&["1", "-x"], "", format!("{program}: invalid option -- 'x'\n")),
            (
                &["1", "-i", "soon"],
                "",
                format!("{program}: the interval 'soon' is no number of milliseconds\n"),
            ),
            (
                &["1", "--count", "x"],
                "",
                format!("{program}: the count 'x' is no number\n"),
            ),
        ] {
            let result = run(program, &nowhere(), arguments);
            assert_eq!(result, Result::new(stdout, &stderr, 1), "{arguments:?}");
        }
    }
}
