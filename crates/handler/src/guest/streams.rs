//! Standard input and output, taken for the protocol alone.

use std::io::{self, BufRead, BufReader, Write};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::host::Host;

/// How long the process may take to leave when the manager has gone; the manager waits five seconds.
const TIME_TO_LEAVE: Duration = Duration::from_secs(4);

/// The protocol's streams. From here on what is printed goes to standard error, and what this process or a program it starts
/// reads from standard input is empty: no stray text gets between the lines, and nobody else eats the manager's.
#[cfg(unix)]
pub(super) fn own() -> io::Result<(Box<dyn BufRead + Send>, Box<dyn Write + Send>)> {
    use std::fs::File;

    let input = rustix::io::fcntl_dupfd_cloexec(io::stdin(), 3)?;
    let output = rustix::io::fcntl_dupfd_cloexec(io::stdout(), 3)?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok((Box::new(BufReader::new(File::from(input))), Box::new(File::from(output))))
}

/// The protocol's streams. Here a print between the lines is not kept apart; the manager counts it and goes on.
#[cfg(not(unix))]
pub(super) fn own() -> io::Result<(Box<dyn BufRead + Send>, Box<dyn Write + Send>)> {
    Ok((Box::new(BufReader::new(io::stdin())), Box::new(io::stdout())))
}

/// Ends a process that is busy inside a method of the handler when its manager has gone.
pub(super) fn leave_when_gone(host: &Arc<Host>) {
    let host = host.clone();
    // Ends with the process. Where no thread can be had, the manager's signals end it.
    let _ = thread::Builder::new().name("guest-leave".to_owned()).spawn(move || {
        host.mailbox.wait_until_gone();
        if !host.mailbox.wait_until_left(TIME_TO_LEAVE) {
            std::process::exit(0);
        }
    });
}
