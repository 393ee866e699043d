//! All connections of a host together, against what its kernel counts for the host.

use anyhow::Result;
use estats_protocol::Reading;
use estats_spec::Id;
use estats_tests::nstat::Counters;
use estats_tests::observer::number;
use estats_tests::path::Side;

/// What the sum of some rows over all connections of a host is, in the counters of the kernel.
struct Account {
    rows: &'static [Id],
    /// Added up.
    counters: &'static [&'static str],
}

const ACCOUNTS: &[Account] = &[
    Account {
        rows: &[Id::SegsRetrans],
        counters: &["TcpRetransSegs"],
    },
    Account {
        rows: &[Id::FastRetran],
        counters: &["TcpExtTCPSackRecovery", "TcpExtTCPRenoRecovery"],
    },
    Account {
        rows: &[Id::ZeroRwinSent],
        counters: &["TcpExtTCPToZeroWindowAdv"],
    },
];

/// What is wrong with the sums over `readings`, the final ones of all connections that the host at `side` ever had. `skipped`: events
/// that the daemon cannot have seen.
pub(crate) fn complaints(
    side: Side,
    readings: &[&Reading],
    counters: [&Counters; 2],
    skipped: i64,
) -> Result<Vec<String>> {
    let [before, after] = counters;
    let mut complaints = Vec::new();
    for account in ACCOUNTS {
        let value = |reading: &Reading| account.rows.iter().map(|id| number(reading, *id)).sum::<Option<i64>>();
        let Some(sum) = readings.iter().map(|reading| value(reading)).sum::<Option<i64>>() else {
            continue;
        };
        let mut counted = 0;
        for name in account.counters {
            counted += after.since(before, name)?;
        }
        if (sum - counted).abs() > skipped {
            complaints.push(format!(
                "{side:?}: {:?} of all connections are {sum}, {:?} say {counted}",
                account.rows, account.counters
            ));
        }
    }
    Ok(complaints)
}
