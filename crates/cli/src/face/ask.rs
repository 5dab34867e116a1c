//! Questions that are answered with yes or no.

use std::io::{self, BufRead, Write};

use syncmgr_daemon::Failure;

use super::Output;

/// Asks on the terminal. Where nobody can answer, the question is refused and not taken for granted.
pub(crate) fn agrees(output: &mut Output, question: &str) -> Result<bool, Failure> {
    if output.is_json() || !output.terminals.stdin || !output.terminals.stderr {
        return Err(Failure::usage("this needs a yes, and there is nobody to ask").hint("add `--yes`"));
    }
    output.flush();
    let mut err = io::stderr();
    let asked = write!(err, "{question} [y/N] ").and_then(|()| err.flush());
    let mut answer = String::new();
    let read = asked.and_then(|()| io::stdin().lock().read_line(&mut answer));
    // An answer that cannot be read is no yes.
    Ok(read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes"))
}
