//! Which Linux distribution this is, from os-release(5).

use std::fs;

/// Distributions by what installs their packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// apt-get: Debian, Ubuntu and what derives from them.
    Debian,
    /// dnf: Fedora, RHEL and what derives from them.
    Fedora,
}

/// A distribution.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Distro {
    /// As it calls itself to people.
    pub(crate) name: String,
    /// `None` when we do not know how its packages are called.
    pub(crate) family: Option<Family>,
}

impl Distro {
    /// The distribution we run on.
    pub(crate) fn detect() -> Self {
        let text = ["/etc/os-release", "/usr/lib/os-release"]
            .iter()
            .find_map(|path| fs::read_to_string(path).ok());
        Self::parse(text.as_deref().unwrap_or_default())
    }

    fn parse(os_release: &str) -> Self {
        let field = |key: &str| {
            let value = os_release
                .lines()
                .find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='));
            value.map(|value| value.trim_matches(['"', '\'']).to_owned())
        };
        let id = field("ID");
        // ID_LIKE lists the distributions it derives from, the closest first.
        let like = field("ID_LIKE").unwrap_or_default();
        let family = id
            .iter()
            .map(String::as_str)
            .chain(like.split_whitespace())
            .find_map(|id| match id {
                "debian" | "ubuntu" => Some(Family::Debian),
                "fedora" | "rhel" => Some(Family::Fedora),
                _ => None,
            });
        let name = field("PRETTY_NAME")
            .or(field("NAME"))
            .or(id)
            .unwrap_or_else(|| "this distribution".to_owned());
        Self { name, family }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_says_only_its_id() {
        let distro = Distro::parse("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian\n");
        assert_eq!(distro.name, "Debian GNU/Linux 12 (bookworm)");
        assert_eq!(distro.family, Some(Family::Debian));
    }

    #[test]
    fn a_derivative_is_known_by_what_it_is_like() {
        let mint = "NAME=\"Linux Mint\"\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n";
        assert_eq!(
            Distro::parse(mint),
            Distro {
                name: "Linux Mint".to_owned(),
                family: Some(Family::Debian)
            }
        );
        let rocky = "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nPRETTY_NAME='Rocky Linux 9'\n";
        assert_eq!(
            Distro::parse(rocky),
            Distro {
                name: "Rocky Linux 9".to_owned(),
                family: Some(Family::Fedora)
            }
        );
    }

    #[test]
    fn one_that_we_do_not_know_still_has_a_name() {
        assert_eq!(
            Distro::parse("ID=void\n"),
            Distro {
                name: "void".to_owned(),
                family: None
            }
        );
        assert_eq!(Distro::parse("").family, None);
    }

    #[test]
    fn a_key_is_matched_whole() {
        // VERSION_ID and BUG_REPORT_URL contain other keys' names.
        assert_eq!(Distro::parse("VERSION_ID=debian\nID_LIKELY=debian\n").family, None);
    }
}
