//! What the command line alone looks at: terminals, and what the environment says of them.

use std::ffi::OsString;
use std::io::IsTerminal;

/// Whether the user asked for no color by the environment.
pub(crate) fn no_color() -> bool {
    variable("NO_COLOR").is_some() || variable("TERM").is_some_and(|term| term == "dumb")
}

/// Whether the locale has all characters, as the first of its variables that is set says.
pub(crate) fn speaks_unicode() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable);
    locale.is_some_and(|locale| {
        let locale = locale.to_string_lossy().to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
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
