//! What a program printed of a connection, compared with what a client read of it before and afterwards.
//!
//! A connection at rest does not change, except that it gets older: the time for which nothing is to be sent is counted, too.

use anyhow::{Context as _, Result, ensure};

/// Compares lines that end with a value: each is the same in all three texts, or else its value is a number from the one in
/// `before` to the one in `after`.
///
/// # Errors
///
/// With the first line that is neither.
pub fn is_between(printed: &str, before: &str, after: &str) -> Result<()> {
    let count = printed.lines().count();
    for text in [before, after] {
        ensure!(
            text.lines().count() == count,
            "{count} lines are printed, not {}:\n{printed}",
            text.lines().count()
        );
    }
    let expected = before.lines().zip(after.lines());
    for (line, (before, after)) in printed.lines().zip(expected) {
        ensure!(
            (line == before && line == after) || number_is_between(line, before, after).unwrap_or(false),
            "`{line}` is printed, `{before}` was read before, `{after}` afterwards"
        );
    }
    Ok(())
}

/// Whether the lines differ only in the numbers at their ends, which ascend.
fn number_is_between(line: &str, before: &str, after: &str) -> Result<bool> {
    let [line, before, after] = [line, before, after].map(parts);
    let ((name, value), (name_before, least), (name_after, most)) = (line?, before?, after?);
    Ok(name == name_before && name == name_after && (least..=most).contains(&value))
}

/// The part of a line before its last number, and the number.
fn parts(line: &str) -> Result<(&str, u64)> {
    let digits = line
        .trim_end_matches(|character: char| character.is_ascii_digit())
        .len();
    let (name, value) = line.split_at(digits);
    Ok((name, value.parse().context("no number")?))
}

#[cfg(test)]
mod tests {
    use super::is_between;

    #[test]
    fn only_numbers_may_grow() {
        is_between("a 1\nb=20\nc -\n", "a 1\nb=19\nc -\n", "a 1\nb=21\nc -\n").unwrap();
        for printed in ["a 2", "b 1", "a -", "a 1\na 1"] {
            is_between(printed, "a 1", "a 1").unwrap_err();
        }
        is_between("a 3", "a 1", "a 2").unwrap_err();
        is_between("a 1", "a -", "a 2").unwrap_err();
    }
}
