//! The daemon has the instruments that the document says it has.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use estats_spec::Id;
use estats_spec::provenance::Source;
use estats_tests::daemon::built;

/// Lines of `estatsd instruments` begin with name, table, and whether the instrument is live or masked.
#[test]
fn what_is_masked_is_documented() -> Result<()> {
    let output = std::process::Command::new(built("estatsd")?)
        .arg("instruments")
        .output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout)?;
    let mut masked = BTreeSet::new();
    for id in Id::ALL {
        let line = said
            .lines()
            .find(|line| line.split_whitespace().next() == Some(id.name()))
            .with_context(|| format!("{id} is not in the list"))?;
        if line.split_whitespace().nth(2) == Some("masked") {
            masked.insert(id);
        }
    }
    let absent: BTreeSet<_> = Id::ALL
        .into_iter()
        .filter(|id| matches!(id.source(), Source::Nothing(_)))
        .collect();
    assert_eq!(masked, absent);
    Ok(())
}
