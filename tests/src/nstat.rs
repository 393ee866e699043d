//! The SNMP counters of a network namespace (`/proc/net/snmp` and `/proc/net/netstat`), as nstat(8) reads them.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result, ensure};

use crate::netns::Namespace;

/// One reading of the counters, by the names that nstat prints (`TcpExtTCPSackRecovery`, `TcpRetransSegs`).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Counters(BTreeMap<String, i64>);

impl Counters {
    /// Reads the counters of `namespace`.
    ///
    /// # Errors
    ///
    /// When the files cannot be read or do not have the pairs of lines that they should.
    pub fn read(namespace: &Namespace) -> Result<Self> {
        let mut counters = Self::default();
        for file in ["snmp", "netstat"] {
            // Not /proc/net: that is the namespace of the process' first thread.
            let path = format!("/proc/thread-self/net/{file}");
            let text = namespace
                .run(|| fs::read_to_string(&path))
                .with_context(|| format!("reading {path}"))?;
            counters.add(&text)?;
        }
        Ok(counters)
    }

    /// Adds the pairs of lines in `text`: names, then values, both after the same prefix.
    fn add(&mut self, text: &str) -> Result<()> {
        let mut lines = text.lines();
        while let (Some(names), Some(values)) = (lines.next(), lines.next()) {
            let (prefix, names) = names.split_once(':').context("a line of names without a prefix")?;
            let (value_prefix, values) = values.split_once(':').context("a line of values without a prefix")?;
            ensure!(
                prefix == value_prefix,
                "names of {prefix} are followed by values of {value_prefix}"
            );
            for (name, value) in names.split_whitespace().zip(values.split_whitespace()) {
                self.0.insert(format!("{prefix}{name}"), value.parse()?);
            }
        }
        Ok(())
    }

    /// The counter `name`.
    ///
    /// # Errors
    ///
    /// When this kernel has no counter of that name.
    pub fn get(&self, name: &str) -> Result<i64> {
        self.0
            .get(name)
            .copied()
            .with_context(|| format!("this kernel does not count {name}"))
    }

    /// How much the counter `name` grew since `earlier`.
    ///
    /// # Errors
    ///
    /// As [`Counters::get`].
    pub fn since(&self, earlier: &Self, name: &str) -> Result<i64> {
        Ok(self.get(name)? - earlier.get(name)?)
    }
}

#[cfg(test)]
mod tests {
    use super::Counters;

    #[test]
    fn names_and_values_are_paired_by_position() {
        let mut counters = Counters::default();
        counters
            .add("TcpExt: A B\nTcpExt: 1 2\nTcp: MaxConn\nTcp: -1\n")
            .unwrap();
        assert_eq!(counters.get("TcpExtB").unwrap(), 2);
        assert_eq!(counters.get("TcpMaxConn").unwrap(), -1);
        counters.get("TcpExtC").unwrap_err();
    }
}
