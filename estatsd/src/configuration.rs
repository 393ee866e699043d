//! What the configuration file says. All else is said on the command line.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use estats_spec::{endpoint::Profile, libraries};
use serde::Deserialize;

/// The configuration file, in TOML.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// Further sockets, for clients that cannot say what they speak.
    #[serde(default)]
    pub listen: Vec<Endpoint>,
}

/// A Unix socket whose clients are all of one generation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Where it is.
    pub path: PathBuf,
    /// What its clients speak: in the file, the name of a generation of libraries.
    pub generation: Spoken,
}

/// A generation that the file names.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Spoken(pub Profile);

impl TryFrom<String> for Spoken {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Profile::named(&name).map(Self).ok_or_else(|| {
            let mut known: Vec<_> = libraries::ALL.iter().map(|library| library.generation).collect();
            known.dedup();
            format!("there is no generation `{name}`, but {}", known.join(", "))
        })
    }
}

impl Configuration {
    /// Reads the file, if there is one.
    ///
    /// # Errors
    ///
    /// It cannot be read, is no TOML, or says what the daemon does not know.
    pub fn read(file: Option<&Path>) -> Result<Self> {
        let Some(file) = file else {
            return Ok(Self::default());
        };
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        toml::from_str(&text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start].lines().count().max(1));
            anyhow::anyhow!(
                "{}, line {line}: {}",
                file.display(),
                error.message().replace('\n', ", ")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Configuration, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn an_endpoint_has_a_path_and_a_generation() {
        let configuration = read("[[listen]]\npath = \"/run/a\"\ngeneration = \"L1-v117\"\n").unwrap();
        let [endpoint] = &configuration.listen[..] else {
            panic!("{configuration:?}");
        };
        let Profile { generation, set } = endpoint.generation.0;
        assert_eq!(endpoint.path, Path::new("/run/a"));
        assert_eq!((generation.name, set.name), ("W1t", "V117"));
        assert!(read("").unwrap().listen.is_empty());
    }

    #[test]
    fn what_is_not_known_is_refused_by_its_name() {
        for (text, word) in [
            ("[[listen]]\npath = \"/run/a\"\n", "generation"),
            ("[[listen]]\ngeneration = \"l1-v117\"\n", "path"),
            ("[[listen]]\npath = \"/run/a\"\ngeneration = \"l4\"\n", "`l4`"),
            ("[[listen]]\npath = \"/run/a\"\ngeneration = 4\n", "4"),
            ("[listen]\npath = \"/run/a\"\n", "sequence"),
            ("socket = \"/run/a\"\n", "socket"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
