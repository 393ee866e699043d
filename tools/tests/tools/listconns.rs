//! `listconns` on a working daemon.

use crate::fake_daemon::{Answer, FakeDaemon};
use crate::program::{Result, command, nowhere, path, run};
use crate::wire::listed;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, Stdio};

/// Two datagrams, then the end of the list: the client asks once more behind the last connection.
fn three_connections() -> Vec<Answer> {
    let first = [
        listed(1, ("127.0.0.1", 22), ("10.0.0.2", 40_000)),
        listed(
            2,
            ("2001:db8:1111:2222:3333:4444:5555:6666", 443),
            ("::1.2.3.4", 51_234),
        ),
    ];
    let second = listed(123_456, ("192.168.100.200", 65_535), ("203.113.100.255", 1));
    vec![Answer::Data(vec![first.concat(), second]), Answer::Data(vec![])]
}

const TABLE: &str = "\
CID      LocalAddr            LocalPort RemAddr              RemPort \n\
-------- -------------------- -------- -------------------- --------\n\
\n\
1        127.0.0.1            22       10.0.0.2             40000   \n\
2        2001:db8:1111:2222:3333:4444:5555:6666 443      ::1.2.3.4            51234   \n\
123456   192.168.100.200      65535    203.113.100.255      1       \n";

#[test]
fn the_table() {
    let daemon = FakeDaemon::start(three_connections());
    assert_eq!(run("listconns", daemon.socket(), &[]), Result::new(TABLE, "", 0));
}

#[test]
fn only_the_header_without_connections() {
    let daemon = FakeDaemon::start(vec![Answer::Data(vec![])]);
    let header = "\
CID      LocalAddr            LocalPort RemAddr              RemPort \n\
-------- -------------------- -------- -------------------- --------\n\
\n";
    assert_eq!(run("listconns", daemon.socket(), &[]), Result::new(header, "", 0));
}

#[test]
fn arguments_are_ignored_as_ever() {
    let daemon = FakeDaemon::start(three_connections());
    assert_eq!(
        run("listconns", daemon.socket(), &["some", "words"]),
        Result::new(TABLE, "", 0)
    );
}

#[test]
fn its_name_does_not_matter() {
    let daemon = FakeDaemon::start(three_connections());
    let mut command = Command::new(path("listconns"));
    let output = command
        .arg0("web10g-listconns")
        .env("ESTATS_SOCKET", daemon.socket())
        .output()
        .expect("it runs");
    assert_eq!(Result::from(output), Result::new(TABLE, "", 0));
}

#[test]
fn an_option_names_the_socket_before_the_environment() {
    let daemon = FakeDaemon::start(three_connections());
    let socket = daemon.socket().to_str().expect("text");
    assert_eq!(
        run("listconns", &nowhere(), &["--socket", socket]),
        Result::new(TABLE, "", 0)
    );
}

#[test]
fn json() {
    let daemon = FakeDaemon::start(three_connections());
    let expected = concat!(
        r#"{"connections":["#,
        r#"{"cid":1,"local_addr":"127.0.0.1","local_port":22,"rem_addr":"10.0.0.2","rem_port":40000},"#,
        r#"{"cid":2,"local_addr":"2001:db8:1111:2222:3333:4444:5555:6666","local_port":443,"#,
        r#""rem_addr":"::1.2.3.4","rem_port":51234},"#,
        r#"{"cid":123456,"local_addr":"192.168.100.200","local_port":65535,"rem_addr":"203.113.100.255","rem_port":1}"#,
        "]}\n"
    );
    assert_eq!(
        run("listconns", daemon.socket(), &["--json"]),
        Result::new(expected, "", 0)
    );
}

/// A reader that goes away ends the program as it ends a C program.
#[test]
fn a_closed_pipe() {
    let daemon = FakeDaemon::start(three_connections());
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let child = command("listconns", daemon.socket())
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.signal(), Some(13));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
