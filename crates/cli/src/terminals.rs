//! What the command line alone looks at: terminals, and what the environment says of them.

use std::ffi::OsString;
use std::io::IsTerminal;

/// Whether the user asked for no color by the environment.
pub(crate) fn no_color() -> bool {
    variable("NO_COLOR").is_some() || variable("TERM").is_some_and(|term| term == "dumb")
}

/// The editor the user has chosen, with its arguments.
pub(crate) fn editor() -> OsString {
    variable("VISUAL").or_else(|| variable("EDITOR")).unwrap_or_else(|| "vi".into())
}

/// Whether standard output and standard error are terminals, and whether keys can be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminals {
    pub(crate) stdin: bool,
    pub(crate) stdout: bool,
    pub(crate) stderr: bool,
}

impl Terminals {
    pub(crate) fn look() -> Self {
        let dumb = variable("TERM").is_some_and(|term| term == "dumb");
        Self {
            stdin: std::io::stdin().is_terminal() && !dumb,
            stdout: std::io::stdout().is_terminal(),
            stderr: std::io::stderr().is_terminal() && !dumb,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the rim is where the environment is read")]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
