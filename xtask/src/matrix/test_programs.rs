//! The integration tests as programs that can be run elsewhere.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::{process, workspace};

/// Builds the tests `names` of the package of tests. Returns their names and where they are.
///
/// # Errors
/// When cargo fails, or does not say where a program is.
pub(super) fn build(names: &[&str]) -> Result<Vec<(String, PathBuf)>> {
    let mut cargo: Command = workspace::cargo("test");
    cargo.args([
        "--package",
        "estats-tests",
        "--no-run",
        "--quiet",
        "--message-format",
        "json-render-diagnostics",
    ]);
    for name in names {
        cargo.args(["--test", name]);
    }
    let programs = programs(&process::read(&mut cargo)?);
    ensure!(
        programs.len() == names.len(),
        "cargo built {} programs for {} tests",
        programs.len(),
        names.len()
    );
    Ok(programs)
}

/// The programs among cargo's messages, one JSON object in each line.
fn programs(messages: &str) -> Vec<(String, PathBuf)> {
    let messages = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    messages.filter_map(|message| program(&message)).collect()
}

fn program(message: &Value) -> Option<(String, PathBuf)> {
    let name = message.pointer("/target/name")?.as_str()?;
    let executable = message.get("executable")?.as_str()?;
    Some((name.to_owned(), executable.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_from_libraries() {
        let messages = r#"
            {"reason":"compiler-artifact","target":{"name":"anyhow","kind":["lib"]},"executable":null}
            {"reason":"compiler-artifact","target":{"name":"scripted","kind":["test"]},"executable":"/t/scripted-1f"}
            {"reason":"build-finished","success":true}"#;
        assert_eq!(
            programs(messages),
            [("scripted".to_owned(), PathBuf::from("/t/scripted-1f"))]
        );
    }
}
