//! What the programs show beyond the old protocol. The bytes are those of the protocol's own tests; here it is about the output.

use crate::fake_daemon::{Answer, FakeDaemon};
use crate::program::{Result, nowhere, run};
use estats_protocol::{
    EstatsMessage, Instruments, ListenerReading, ListenerTuple, Origin, Scalars, Time, Tuple, Value, datagram,
};
use estats_spec::Id;
use estats_spec::wire::extension::cmd;

fn end(address: &str, port: u16) -> (std::net::IpAddr, u16) {
    (address.parse().expect("an address"), port)
}

fn tuple(cid: u32) -> Tuple {
    Tuple::new(cid, end("127.0.0.1", 80), end("10.0.0.2", 40_000))
}

fn origin() -> Origin {
    Origin {
        cookie: 5,
        netns: 4_026_531_840,
        cgroup: Some(99),
        uid: Some(1000),
        gid: Some(100),
        pid: Some(4711),
        comm: Some("web server".to_owned()),
        adopted: true,
        closed: false,
    }
}

const ORIGIN: &str = r#"{"cookie":5,"netns":4026531840,"cgroup":99,"uid":1000,"gid":100,"pid":4711,"comm":"web server","adopted":true,"closed":false}"#;

const PUBLIC: &str = r#"{"cookie":5,"netns":4026531840,"cgroup":99,"uid":1000,"gid":null,"pid":null,"comm":null,"adopted":true,"closed":false}"#;

const TIME: Time = Time { sec: 3, usec: 4 };

fn instruments() -> Instruments {
    let mut instruments = Instruments::new();
    instruments.set(Id::ConnectIndex, Value::U32(17));
    instruments.set(Id::SegsOut, Value::U32(12));
    instruments.set(Id::CurRetxQueue, Value::U32(1448));
    instruments.set(Id::WinScaleSent, Value::S32(-1));
    instruments
}

fn sent(message: EstatsMessage) -> Vec<u8> {
    datagram::reply(1024, message)
}

fn json(text: &str) -> serde_json::Value {
    assert_eq!(text.lines().count(), 1, "one line: {text}");
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn all_of_the_connections() {
    let list = || {
        let entries = [
            sent(EstatsMessage::detailed(&tuple(17), &origin())),
            sent(EstatsMessage::detailed(&tuple(18), &origin().public())),
        ];
        FakeDaemon::start(vec![Answer::Data(vec![entries.concat()]), Answer::Data(vec![])])
    };
    let daemon = list();
    let expected = "\
CID      LocalAddr            LocalPort RemAddr              RemPort  NetNs      Cgroup   UID      PID      Adopted Closed Comm\n\
-------- -------------------- -------- -------------------- -------- ---------- -------- -------- -------- ------- ------ ---------------\n\
\n\
17       127.0.0.1            80       10.0.0.2             40000    4026531840 99       1000     4711     yes     no     web server\n\
18       127.0.0.1            80       10.0.0.2             40000    4026531840 99       1000     -        yes     no     -\n";
    assert_eq!(
        run("listconns", daemon.socket(), &["--all"]),
        Result::new(expected, "", 0)
    );
    assert_eq!(daemon.command()[0], cmd::LIST_DETAILS);

    let ends = r#""local_addr":"127.0.0.1","local_port":80,"rem_addr":"10.0.0.2","rem_port":40000"#;
    let expected = format!(
        r#"{{"connections":[{{"cid":17,{ends},"origin":{ORIGIN}}},{{"cid":18,{ends},"origin":{PUBLIC}}}]}}{}"#,
        "\n"
    );
    assert_eq!(
        run("listconns", list().socket(), &["--all", "--json"]),
        Result::new(&expected, "", 0)
    );
}

fn row() -> FakeDaemon {
    let message = EstatsMessage::row(cmd::READ_ROW, TIME, &tuple(17), &origin(), &instruments());
    FakeDaemon::start(vec![Answer::Data(vec![sent(message)])])
}

#[test]
fn all_of_one_connection() {
    let expected = "\
Timestamp sec: 3, usec: 4\n\
\n\nConnectId Table\n\n\
ConnectIndex                               17 identifier\n\
\n\nPerf Table\n\n\
SegsOut                                    12 segments\n\
\n\nPath Table\n\n\
\n\nStack Table\n\n\
WinScaleSent                               -1 shift\n\
CurRetxQueue                             1448 octets\n\
\n\nApp Table\n\n\
\n\nTune Table\n\n\
\n\nExtras Table\n\n";
    let daemon = row();
    assert_eq!(
        run("readvars", daemon.socket(), &["17", "--all"]),
        Result::new(expected, "", 0)
    );
    assert_eq!(daemon.command()[0], cmd::READ_ROW);
}

#[test]
fn all_of_one_connection_in_json_with_null_for_what_is_not_measured() {
    let result = run("readvars", row().socket(), &["--json", "--all", "17"]);
    assert_eq!((result.status, result.stderr.as_str()), (Some(0), ""));
    let shown = json(&result.stdout);
    assert_eq!(shown["cid"], 17);
    assert_eq!(shown["tuple"]["rem_port"], 40_000);
    assert_eq!(shown["time"]["usec"], 4);
    assert_eq!(shown["origin"], json(ORIGIN));
    let tables = shown["tables"].as_object().expect("an object");
    let mut count = 0;
    for id in Id::ALL.into_iter().filter(|id| *id >= Id::ConnectIndex) {
        let table = &tables[&id.info().table.name().to_ascii_lowercase()];
        let value = &table[id.name()];
        match instruments()[id] {
            None => assert!(table.as_object().expect("an object").contains_key(id.name()) && value.is_null()),
            Some(Value::S32(number)) => assert_eq!(value["value"], number),
            Some(number) => assert_eq!(value["value"], number.as_u64()),
        }
        if !value.is_null() {
            assert_eq!(value["unit"], id.info().unit.name());
            count += 1;
        }
    }
    assert_eq!(count, 4);
}

#[test]
fn all_is_all() {
    assert_eq!(
        run("readvars", &nowhere(), &["17", "--all", "-m", "1"]),
        Result::new("", "readvars: -m and --all exclude each other\n", 1)
    );
}

#[test]
fn refusals_are_named() {
    for (program, arguments, errno) in [
        ("readvars", &["17", "--all"][..], 13),
        ("listconns", &["--all"], 95),
        ("listlisteners", &[], 95),
        ("estats-control", &["ControlApp", "on"], 13),
        ("estats-control", &[], 95),
        ("estats-events", &[], 105),
    ] {
        let daemon = FakeDaemon::start(vec![Answer::Error(errno)]);
        let result = run(program, daemon.socket(), arguments);
        assert_eq!((result.status, result.stdout.as_str()), (Some(1), ""), "{program}");
        assert!(
            result.stderr.starts_with(&format!("{program}: ")) && result.stderr.contains("estatsd refused to"),
            "{}",
            result.stderr
        );
    }
}

fn listeners() -> FakeDaemon {
    let mut instruments = Instruments::new();
    instruments.set(Id::ListenerCurConns, Value::U32(3));
    instruments.set(Id::ListenerHCAccepted, Value::U64(1 << 40));
    let listener = ListenerReading {
        tuple: ListenerTuple {
            id: 2,
            local: end("::", 443),
        },
        origin: origin(),
        time: TIME,
        instruments,
    };
    FakeDaemon::start(vec![
        Answer::Data(vec![sent(EstatsMessage::listed_listener(&listener))]),
        Answer::Data(vec![]),
    ])
}

#[test]
fn listening_sockets() {
    let table = "\
ID       LocalAddr            LocalPort Conns    Backlog  MaxBacklog Accepted\n\
-------- -------------------- --------- -------- -------- ---------- ----------\n\
\n\
2        ::                   443       3        -        -          1099511627776\n";
    assert_eq!(
        run("listlisteners", listeners().socket(), &[]),
        Result::new(table, "", 0)
    );

    let result = run("listlisteners", listeners().socket(), &["--all"]);
    assert!(result.stdout.starts_with(table), "{}", result.stdout);
    for line in [
        "4026531840 99       1000     4711     yes     no     web server",
        "ListenerHCAccepted              1099511627776 count",
    ] {
        assert!(result.stdout.lines().any(|shown| shown == line), "{}", result.stdout);
    }

    let shown = json(&run("listlisteners", listeners().socket(), &["--json"]).stdout);
    let listener = &shown["listeners"][0];
    assert_eq!((&listener["id"], &listener["local_addr"]), (&2.into(), &"::".into()));
    assert_eq!(listener["instruments"]["ListenerHCAccepted"], 1_u64 << 40);
    assert_eq!(listener["instruments"].as_object().expect("an object").len(), 15);
    assert!(listener["instruments"]["ListenerSynRcvd"].is_null());
    assert!(listener.get("origin").is_none());

    let shown = json(&run("listlisteners", listeners().socket(), &["--json", "--all"]).stdout);
    let listener = &shown["listeners"][0];
    assert_eq!(listener["origin"], json(ORIGIN));
    assert_eq!(listener["time"]["sec"], 3);
    assert_eq!(listener["instruments"]["ListenerCurConns"]["value"], 3);
    assert_eq!(listener["instruments"]["ListenerCurConns"]["unit"], "connections");
}

fn scalars() -> FakeDaemon {
    let scalars = Scalars {
        control_notify: true,
        conn_table_latency: 60,
        events_lost: 7,
        ..Scalars::default()
    };
    FakeDaemon::start(vec![Answer::Data(vec![sent(EstatsMessage::scalars_are(&scalars))])])
}

#[test]
fn scalars_are_read() {
    let all = "\
ControlPath=off\n\
ControlStack=off\n\
ControlApp=off\n\
ControlTune=off\n\
ControlNotify=on\n\
ConnTableLatency=60\n\
ListenerTableLastChange=0\n\
EventsLost=7\n";
    assert_eq!(run("estats-control", scalars().socket(), &[]), Result::new(all, "", 0));
    assert_eq!(
        run("estats-control", scalars().socket(), &["conntablelatency"]),
        Result::new("ConnTableLatency=60\n", "", 0)
    );
    assert_eq!(
        run("estats-control", scalars().socket(), &["ControlNotify", "--json"]),
        Result::new("{\"ControlNotify\":true}\n", "", 0)
    );
    let shown = run("estats-control", scalars().socket(), &["--json"]).stdout;
    assert!(shown.starts_with(r#"{"ControlPath":false,"#), "in their order: {shown}");
    assert_eq!(json(&shown)["EventsLost"], 7);
}

#[test]
fn scalars_are_set() {
    let daemon = FakeDaemon::start(vec![Answer::Data(vec![])]);
    assert_eq!(
        run("estats-control", daemon.socket(), &["ConnTableLatency", "5"]),
        Result::new("", "", 0)
    );
    // Command, version; SCALARS nest of 12 octets; member 6 of 8 octets; the value.
    let nest = [12, 0, 67, 0x80];
    assert_eq!(
        daemon.command(),
        [&[69, 0, 0, 0][..], &nest, &[8, 0, 6, 0], &5_u32.to_ne_bytes()].concat()
    );
}

#[test]
fn what_cannot_be_set_is_not_asked_for() {
    for (arguments, complaint) in [
        (&["EventsLost", "0"][..], "EventsLost can only be read"),
        (&["ControlApp", "yes"], "ControlApp is on or off, not \"yes\""),
        (
            &["ConnTableLatency", "1s"],
            "ConnTableLatency is a number of seconds, not \"1s\"",
        ),
        (
            &["ControlApp", "on", "off"],
            "what is \"off\" for? A name and a value are enough",
        ),
    ] {
        assert_eq!(
            run("estats-control", &nowhere(), arguments),
            Result::new("", &format!("estats-control: {complaint}\n"), 1)
        );
    }
    let unknown = run("estats-control", &nowhere(), &["Nonsense"]);
    assert!(
        unknown.stderr.contains("ControlPath, ControlStack"),
        "{}",
        unknown.stderr
    );
}

fn notices() -> Answer {
    let closed = Origin {
        closed: true,
        ..origin()
    };
    Answer::Notices(vec![
        sent(EstatsMessage::established(&tuple(17), &origin())),
        [
            sent(EstatsMessage::closed(TIME, &tuple(17), &closed, &instruments()).after_missing(3)),
            sent(EstatsMessage::established(&tuple(18), &origin().public())),
        ]
        .concat(),
    ])
}

#[test]
fn events_as_they_come() {
    let lines = "\
established 17 127.0.0.1:80 10.0.0.2:40000 netns=4026531840 uid=1000 pid=4711 comm=web_server\n\
closed 17 127.0.0.1:80 10.0.0.2:40000 netns=4026531840 uid=1000 pid=4711 comm=web_server\n\
established 18 127.0.0.1:80 10.0.0.2:40000 netns=4026531840 uid=1000\n";
    let daemon = FakeDaemon::start(vec![notices()]);
    assert_eq!(
        run("estats-events", daemon.socket(), &["--count", "3"]),
        Result::new(lines, "estats-events: 3 missed\n", 0)
    );
    assert_eq!(daemon.command()[..12], [70, 0, 0, 0, 8, 0, 68, 0, 3, 0, 0, 0]);

    // Without an end of its own, that of the daemon is a failure.
    let daemon = FakeDaemon::start(vec![notices()]);
    let result = run("estats-events", daemon.socket(), &["--closed"]);
    assert_eq!((result.stdout.as_str(), result.status), (lines, Some(1)));
    assert!(
        result.stderr.contains("the connection to estatsd was lost"),
        "{}",
        result.stderr
    );
    assert_eq!(daemon.command()[8..12], [2, 0, 0, 0]);
}

#[test]
fn events_in_json_are_a_line_each() {
    let daemon = FakeDaemon::start(vec![notices()]);
    let result = run(
        "estats-events",
        daemon.socket(),
        &["--json", "--count", "3", "--established"],
    );
    assert_eq!(daemon.command()[8..12], [1, 0, 0, 0]);
    assert_eq!(result.stderr, "estats-events: 3 missed\n");
    let lines: Vec<serde_json::Value> = result.stdout.lines().map(json).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(
        lines[0],
        json(&format!(
            r#"{{"event":"established","missed":0,"cid":17,"local_addr":"127.0.0.1","local_port":80,"rem_addr":"10.0.0.2","rem_port":40000,"origin":{ORIGIN}}}"#
        ))
    );
    let closed = &lines[1];
    assert_eq!((&closed["event"], &closed["missed"]), (&"closed".into(), &3.into()));
    assert_eq!(closed["origin"]["closed"], true);
    assert_eq!(closed["time"]["sec"], 3);
    assert_eq!(closed["tables"]["stack"]["CurRetxQueue"], 1448);
    assert_eq!(closed["tables"]["stack"]["WinScaleSent"], -1);
    assert!(closed["tables"]["perf"]["SegsIn"].is_null());
    assert_eq!(lines[2]["origin"], json(PUBLIC));
}

#[test]
fn usage_and_version() {
    for program in ["listlisteners", "estats-events", "estats-control"] {
        let help = run(program, &nowhere(), &["--help"]);
        assert_eq!((help.status, help.stderr.as_str()), (Some(0), ""));
        assert!(
            help.stdout.contains(program) && help.stdout.contains("--socket"),
            "{}",
            help.stdout
        );
        let version = run(program, &nowhere(), &["-V"]);
        assert!(version.stdout.starts_with(&format!("{program} ")), "{}", version.stdout);
        let unknown = run(program, &nowhere(), &["--nonsense"]);
        assert_eq!(
            unknown,
            Result::new("", &format!("{program}: unrecognized option '--nonsense'\n"), 1)
        );
        let absent = run(program, &nowhere(), &[]);
        assert_eq!(absent.status, Some(1));
        assert!(absent.stderr.contains("estatsd is not running"), "{}", absent.stderr);
    }
}
