//! What is not about one connection or one listener.

use estats_spec::notifications::NOTIFICATIONS;
use estats_spec::scalars::SCALARS;

use super::layout::{code, wrapped};

const SCALARS_ARE: &str = "What is not about one connection. Anybody may read them (command `READ_SCALARS`), and root may write them \
(`WRITE_SCALAR`). Web10G had the first three as bits of a sysctl, and the latency as another one, in milliseconds.";

const NOTIFICATIONS_ARE: &str = "To subscribers over the Unix socket (command `SUBSCRIBE`), and while ControlNotify is on to the \
multicast group `tcp_estats_mc` of the netlink socket. Web10G had the group, and never sent anything to it.";

pub(super) fn section() -> String {
    let entries = SCALARS.iter().map(|scalar| {
        let access = if scalar.writable { ", writable" } else { "" };
        entry(
            &format!("**{}** ({}{access}): {}", scalar.name, scalar.unit, scalar.meaning),
            scalar.proof,
        )
    });
    format!(
        "\n## Scalars\n\n{}\n{}",
        wrapped(SCALARS_ARE, "", ""),
        entries.collect::<String>()
    )
}

pub(super) fn notifications() -> String {
    let entries = NOTIFICATIONS.iter().map(|notification| {
        let (name, command, meaning) = (notification.name, notification.command, notification.meaning);
        entry(
            &format!("**{name}** (command {command}): {meaning}"),
            notification.proof,
        )
    });
    format!(
        "\n## Notifications\n\n{}\n{}",
        wrapped(NOTIFICATIONS_ARE, "", ""),
        entries.collect::<String>()
    )
}

fn entry(text: &str, proof: &[&str]) -> String {
    let proved = if proof.is_empty() {
        String::new()
    } else {
        format!(" Proved by {}.", code(proof))
    };
    wrapped(&format!("{text}{proved}"), "* ", "  ")
}
