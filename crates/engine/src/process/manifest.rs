//! [`Manifest`]: what a handler declares about itself, in a file beside it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use toml_edit::{DocumentMut, Item, Value};

/// What a handler declares. Without one: no secrets, no extra environment, no restriction of paths.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    /// The program and its arguments, where the file says them.
    pub argv: Option<Vec<String>>,
    /// The version of the protocol it was made for.
    pub protocol: Option<u32>,
    /// Keys of secrets it may ask for.
    pub secrets: Vec<String>,
    /// Further variables of the user's environment that it needs.
    pub env: Vec<String>,
    /// Paths it reads.
    pub read: Vec<PathBuf>,
    /// Paths it writes.
    pub write: Vec<PathBuf>,
    /// Whether it uses the network.
    pub network: Option<bool>,
    /// How long it may be silent.
    pub stall_after: Option<Duration>,
    /// How long it may take after a stop.
    pub grace: Option<Duration>,
}

/// Why a manifest cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestError {
    /// The key that is wrong; none: the file as a whole.
    pub key: Option<String>,
    text: String,
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(f, "the manifest's `{key}` {}", self.text),
            None => write!(f, "the manifest is no TOML: {}", self.text),
        }
    }
}

impl std::error::Error for ManifestError {}

const KEYS: &str = "`argv`, `protocol`, `secrets`, `env`, `read`, `write`, `network`, `stall_after`, `grace`";

impl Manifest {
    /// Reads the text of a manifest.
    ///
    /// # Errors
    ///
    /// When it is no TOML, a key is unknown or has a value it cannot have; names the key.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| ManifestError {
            key: None,
            text: error.message().to_owned(),
        })?;
        let mut manifest = Self::default();
        for (key, item) in document.as_table() {
            manifest.set(key, item).map_err(|text| ManifestError { key: Some(key.to_owned()), text })?;
        }
        Ok(manifest)
    }

    fn set(&mut self, key: &str, item: &Item) -> Result<(), String> {
        match key {
            "argv" => self.argv = Some(texts(item)?),
            "protocol" => self.protocol = Some(version(item)?),
            "secrets" => self.secrets = texts(item)?,
            "env" => self.env = texts(item)?,
            "read" => self.read = texts(item)?.into_iter().map(PathBuf::from).collect(),
            "write" => self.write = texts(item)?.into_iter().map(PathBuf::from).collect(),
            "network" => self.network = Some(item.as_bool().ok_or("has to be `true` or `false`")?),
            "stall_after" => self.stall_after = Some(duration(item)?),
            "grace" => self.grace = Some(duration(item)?),
            _ => return Err(format!("is not known; there are {KEYS}")),
        }
        Ok(())
    }
}

fn texts(item: &Item) -> Result<Vec<String>, String> {
    let is_no_list = "has to be a list of texts";
    let list = item.as_array().ok_or(is_no_list)?;
    list.iter().map(|value| value.as_str().map(str::to_owned).ok_or_else(|| is_no_list.to_owned())).collect()
}

fn version(item: &Item) -> Result<u32, String> {
    let number = item.as_integer().and_then(|number| u32::try_from(number).ok());
    number.filter(|number| *number > 0).ok_or_else(|| "has to be a version such as 1".to_owned())
}

/// Seconds as a number, or a text such as `90s`, `5m`, `2h`.
fn duration(item: &Item) -> Result<Duration, String> {
    let seconds = match item.as_value() {
        Some(Value::Integer(number)) => u64::try_from(*number.value()).ok(),
        Some(Value::String(text)) => seconds(text.value()),
        _ => None,
    };
    let seconds = seconds.filter(|seconds| (1..=7 * 24 * 3600).contains(seconds));
    let hint = "has to be a time such as `90s` or `5m`, at most seven days";
    seconds.map(Duration::from_secs).ok_or_else(|| hint.to_owned())
}

fn seconds(text: &str) -> Option<u64> {
    let (digits, unit) = text.trim().split_at_checked(text.trim().len().checked_sub(1)?)?;
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    digits.trim_end().parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_keys_are_read() {
        let manifest = Manifest::parse(
            "argv = ['/usr/bin/python3', '/opt/notes.py']\nprotocol = 1\nsecrets = ['imap']\nenv = ['SSH_AUTH_SOCK']\n\
             read = ['/home']\nwrite = ['/tmp']\nnetwork = true\nstall_after = '5m'\ngrace = 90\n",
        )
        .unwrap();
        assert_eq!(manifest.argv.unwrap().len(), 2);
        assert_eq!(manifest.secrets, ["imap"]);
        assert_eq!(manifest.stall_after, Some(Duration::from_secs(300)));
        assert_eq!(manifest.grace, Some(Duration::from_secs(90)));
        assert_eq!(manifest.network, Some(true));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, expected) in [
            (
                "grace = 'soon'",
                "the manifest's `grace` has to be a time such as `90s` or `5m`, at most seven days",
            ),
            (
                "grace = -1",
                "the manifest's `grace` has to be a time such as `90s` or `5m`, at most seven days",
            ),
            ("secrets = 'imap'", "the manifest's `secrets` has to be a list of texts"),
            ("network = 1", "the manifest's `network` has to be `true` or `false`"),
            ("protocol = 0", "the manifest's `protocol` has to be a version such as 1"),
        ] {
            assert_eq!(Manifest::parse(text).unwrap_err().to_string(), expected);
        }
        let unknown = Manifest::parse("secret = ['imap']").unwrap_err();
        assert_eq!(unknown.key.as_deref(), Some("secret"));
        assert!(Manifest::parse("= 1").unwrap_err().to_string().starts_with("the manifest is no TOML: "));
    }
}
