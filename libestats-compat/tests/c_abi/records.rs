//! Record files, from C, with the format checked byte by byte.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::{Scratch, build_program, run, scratch};

/// 44 bytes and 124 values of 16.
const RECORD: usize = 2028;

/// The directory, the program in it, and a file for it.
fn program(name: &str) -> (Scratch, PathBuf, PathBuf) {
    let directory = scratch(name);
    let (program, file) = (build_program("record", &directory), directory.join("file"));
    (directory, program, file)
}

fn call(program: &Path, what: &str, file: &Path, count: &str) -> Output {
    run(Command::new(program).arg(what).arg(file).arg(count))
}

#[track_caller]
fn assert_read(program: &Path, file: &Path, stdout: &str, stderr: &str) {
    let output = call(program, "read", file, "");
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert_eq!((&*out, &*err, output.status.code()), (stdout, stderr, Some(1)));
}

/// The sum over 16-bit big-endian words, with a zero byte behind an odd file.
fn word_sum(file: &[u8]) -> u32 {
    let sum: u32 = file
        .chunks(2)
        .map(|word| u32::from(word[0]) << 8 | u32::from(word.get(1).copied().unwrap_or(0)))
        .sum();
    (sum & 0xffff) + (sum >> 16)
}

#[test]
fn a_file_has_the_old_format() {
    let (_directory, program, file) = program("format");
    assert!(call(&program, "write", &file, "1").status.success());
    let bytes = fs::read(&file).unwrap();
    assert_eq!(bytes.len(), 3 + RECORD + 2);
    assert_eq!(word_sum(&bytes), 0xffff);

    assert_eq!(bytes[0], u8::from(cfg!(target_endian = "big")));
    assert_eq!(bytes[1..3], [0, 0]);
    let record = &bytes[3..3 + RECORD];
    assert_eq!(record[..4], 0x0102_0304_u32.to_ne_bytes());
    assert_eq!(record[4..8], [0; 4]);
    assert_eq!(record[8..24], [10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(record[24..40], [10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(record[40..42], 80_u16.to_ne_bytes());
    assert_eq!(record[42..44], 5001_u16.to_ne_bytes());
    // SegsOut, the first variable; SegsIn, the seventh, masked.
    assert_eq!(record[44..56], [&[0; 8][..], &0x0a0b_0c0d_u32.to_ne_bytes()].concat());
    assert_eq!(record[44 + 6 * 16..][..8], 1_u64.to_ne_bytes());
}

const FIRST: &str = "16909060.0 10.0.0.1:5001 10.0.0.2:80 168496141 72623859790382856 184 masked 0 1\n";

#[test]
fn what_was_written_is_read_and_then_the_file_ends() {
    let (_directory, program, file) = program("read");
    assert!(call(&program, "write", &file, "2").status.success());
    let second = "16909060.1 a00:1:::5001 a00:2::1:80 168496141 72623859790382856 184 masked 0 1\n";
    assert_read(&program, &file, &(FIRST.to_owned() + second), "End of file\n");
}

#[test]
fn a_file_without_records_only_ends() {
    let (_directory, program, file) = program("none");
    assert!(call(&program, "write", &file, "0").status.success());
    assert_eq!(fs::read(&file).unwrap().len(), 5);
    assert_read(&program, &file, "", "End of file\n");
}

#[test]
fn a_file_in_the_other_byte_order_reads_the_same() {
    let (_directory, program, file) = program("order");
    assert!(call(&program, "write", &file, "1").status.success());
    let mut bytes = fs::read(&file).unwrap();
    bytes.truncate(3 + RECORD);
    bytes[0] ^= 1;
    for (at, length) in [(0, 4), (4, 4), (40, 2), (42, 2)] {
        bytes[3 + at..3 + at + length].reverse();
    }
    // Every value in its own width: 64 bits at 3, 9 and 12 of PERF, 9 of PATH, 4 and 7 of APP; a byte at 14 and 15 of PATH.
    for index in 0..124 {
        let at = 3 + 44 + index * 16;
        let width = match index {
            3 | 9 | 12 | 50 | 112 | 115 => 8,
            55 | 56 => 1,
            _ => 4,
        };
        bytes[at..at + 8].reverse();
        bytes[at + 8..at + 8 + width].reverse();
    }
    // The words of the sum are big-endian whatever the writer. Behind an odd number of bytes the trailer is swapped.
    let sum = u16::try_from(word_sum(&bytes)).unwrap();
    bytes.extend((!sum).swap_bytes().to_be_bytes());
    fs::write(&file, bytes).unwrap();
    assert_read(&program, &file, FIRST, "End of file\n");
}

#[test]
fn a_damaged_a_short_and_an_empty_file_are_refused() {
    let (_directory, program, file) = program("damaged");
    assert!(call(&program, "write", &file, "2").status.success());
    let intact = fs::read(&file).unwrap();
    let mut damaged = intact.clone();
    damaged[1000] ^= 1;
    for content in [&damaged[..], &intact[..intact.len() - 1], &intact[..RECORD], &[]] {
        fs::write(&file, content).unwrap();
        assert_read(&program, &file, "", "Checksum error\n");
    }
}

#[test]
fn a_missing_file_is_named() {
    let (_directory, program, file) = program("missing");
    let expected = format!("{}: No such file or directory\n", file.display());
    assert_read(&program, &file, "", &expected);
}

#[test]
fn wrong_calls_are_errors() {
    let (_directory, program, file) = program("misuse");
    let output = call(&program, "misuse", &file, "");
    let expected = "Invalid argument\nAccess denied\nInvalid argument\nAccess denied\nInvalid argument\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
}
