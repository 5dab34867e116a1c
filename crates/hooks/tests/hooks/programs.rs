//! Programs as hooks.

use std::ffi::OsString;
use std::path::Path;

use syncmgr_hooks::{Command, DeliveryEnd};

use crate::LONG;

/// A shell script in `directory`.
pub(crate) fn script(directory: &Path, text: &str) -> Command {
    let argv = ["sh", "-c", text].map(OsString::from).to_vec();
    let env = vec![("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into())];
    Command { limit: LONG, ..Command::new(argv, env, directory.to_owned()) }
}

pub(crate) fn failed(why: &str) -> DeliveryEnd {
    DeliveryEnd::Failed { why: why.to_owned() }
}

/// Whether a process with this number lives.
pub(crate) fn lives(pid: &str) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid.trim()).join("stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}
