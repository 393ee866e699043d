//! Lines of a readable length, and tables with aligned columns.

use std::fmt::Write as _;

/// The longest line of prose.
pub(super) const WIDTH: usize = 130;

/// The words of `text` in lines, of which the first begins with `first` and the others with `rest`.
pub(super) fn wrapped(text: &str, first: &str, rest: &str) -> String {
    let mut lines = String::new();
    let mut line = first.to_owned();
    let mut begun = false;
    for word in text.split_whitespace() {
        if begun && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines += line.trim_end();
            lines.push('\n');
            rest.clone_into(&mut line);
            begun = false;
        }
        if begun {
            line.push(' ');
        }
        line += word;
        begun = true;
    }
    lines + line.trim_end() + "\n"
}

/// A table whose source is as readable as what becomes of it.
pub(super) fn table(head: Vec<String>, rows: impl Iterator<Item = Vec<String>>) -> String {
    let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
    let columns = rows[0].len();
    let widths: Vec<_> = (0..columns)
        .map(|column| {
            rows.iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or_default()
        })
        .collect();
    let rule: Vec<_> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let mut text = String::new();
    for row in [&rows[0], &rule].into_iter().chain(&rows[1..]) {
        for (cell, width) in row.iter().zip(&widths) {
            write!(text, "| {cell:<width$} ").expect("writing to memory");
        }
        text += "|\n";
    }
    text
}

/// A list of names.
pub(super) fn code(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_on_in_the_next_line() {
        let word = "a".repeat(60);
        let text = wrapped(&format!("{word} {word} b {word}"), "* ", "  ");
        assert_eq!(text, format!("* {word} {word} b\n  {word}\n"));
        assert_eq!(wrapped("", "* ", "  "), "*\n");
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let text = table(
            vec!["n".into(), "unit".into()],
            [vec!["SegsIn".into(), "s".into()]].into_iter(),
        );
        assert_eq!(text, "| n      | unit |\n| ------ | ---- |\n| SegsIn | s    |\n");
    }
}
