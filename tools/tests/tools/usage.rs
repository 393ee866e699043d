//! Command lines that never reach a daemon.

use crate::program::{Result, nowhere, run};

#[test]
fn usage() {
    for (program, arguments, synopsis, status) in [
        ("readvars", &[][..], "\n\nreadvars cid [-m mask]\n", 1),
        ("readvars", &["-h"], "\n\nreadvars cid [-m mask]\n", 0),
        ("readvars", &["1", "--help"], "\n\nreadvars cid [-m mask]\n", 0),
        ("listconns", &["-h"], "\n\nlistconns\n", 0),
        ("listconns", &["--help"], "\n\nlistconns\n", 0),
    ] {
        let result = run(program, &nowhere(), arguments);
        assert!(
            result.stdout.starts_with(synopsis),
            "{program} {arguments:?}: {}",
            result.stdout
        );
        assert!(result.stdout.contains("/run/estatsd/estats.sock"), "{}", result.stdout);
        assert!(result.stdout.contains("ESTATS_SOCKET"), "{}", result.stdout);
        assert_eq!((result.stderr.as_str(), result.status), ("", Some(status)));
    }
}

#[test]
fn version() {
    for program in ["readvars", "listconns"] {
        for option in ["-V", "--version"] {
            let expected = format!("{program} {}\n", env!("CARGO_PKG_VERSION"));
            assert_eq!(run(program, &nowhere(), &[option]), Result::new(&expected, "", 0));
        }
    }
}

#[test]
fn options_without_a_connection() {
    for arguments in [&["-m", "ff"][..], &["--json"], &["--"]] {
        assert_eq!(
            run("readvars", &nowhere(), arguments),
            Result::new("Too few non-option args\n", "", 1)
        );
    }
}

/// In the words of the C library.
#[test]
fn bad_options() {
    for (arguments, complaint) in [
        (&["-x", "1"][..], "invalid option -- 'x'"),
        (&["1", "-hx"], "invalid option -- 'x'"),
        (&["-5"], "invalid option -- '5'"),
        (&["1", "-m"], "option requires an argument -- 'm'"),
        (&["--nothing"], "unrecognized option '--nothing'"),
        (&["--socket"], "option '--socket' requires an argument"),
        (&["--json=yes", "1"], "option '--json' doesn't allow an argument"),
    ] {
        let expected = format!("readvars: {complaint}\n");
        assert_eq!(
            run("readvars", &nowhere(), arguments),
            Result::new("", &expected, 1),
            "{arguments:?}"
        );
    }
    assert_eq!(
        run("listconns", &nowhere(), &["-x"]),
        Result::new("", "listconns: invalid option -- 'x'\n", 1)
    );
}

#[test]
fn bad_masks() {
    for (mask, complaint) in [
        ("zz", "the mask 'zz' is no hexadecimal number of at most 64 bits"),
        (
            "1,2,3,4,5,6",
            "a mask has at most 5 fields (PERF,PATH,STACK,APP,TUNE), not 6",
        ),
    ] {
        let expected = format!("readvars: {complaint}\n");
        assert_eq!(
            run("readvars", &nowhere(), &["1", "-m", mask]),
            Result::new("", &expected, 1)
        );
    }
}
