//! The other way round: a handler of this crate as a process that the manager starts.
//!
//! ```no_run
//! # use syncmgr_handler::{Handler, guest};
//! # fn my_handler() -> Result<Box<dyn Handler>, String> { Err(String::new()) }
//! fn main() -> std::process::ExitCode {
//!     guest::serve(&my_handler)
//! }
//! ```
//!
//! [`serve`] speaks the handler protocol of `syncmgr-wire` over standard input and output, makes the ten calls of [`Handler`]
//! on one thread, as a manager in the same process would, and turns the nine calls of [`SyncCallback`](crate::SyncCallback)
//! into lines. What `println!` writes, here and in programs the handler starts, goes to the handler's log. What the contract
//! has no call for (configuration, secrets, states, checkpoints) is in the [`Session`] that [`serve_with`] hands over.
//!
//! How a progress call comes to cost nanoseconds: the verdict lies in a mailbox that one thread fills from the lines of the
//! manager; values are stored in the item's row, the newest wins; another thread writes a line of them when twenty a second
//! have not been written yet. So `progress` neither writes nor waits. It waits in three cases: at
//! the first call for an item, whose answer is the manager's own; while the user has paused; and while the manager gives no
//! credit, which is how it slows a handler down.
//!
//! Items are known on the wire by the text of their UUID.
//!
//! Dialogs of its own: [`enable_modeless`](crate::SyncCallback::enable_modeless) asks the manager, which grants them to one
//! handler at a time. Where there is no display, the place for questions is [`Relay::ask`](crate::relay::Relay::ask), which
//! the manager shows.

mod callback;
mod host;
mod life;
mod mailbox;
mod rows;
mod session;
mod show;
mod stage;
mod streams;

use std::io::{BufRead, Write};
use std::process::ExitCode;
use std::sync::Arc;

use crate::{Handler, HandlerFactory};

pub use session::Session;

/// Makes the handler of a session, or tells people why it cannot be made.
pub type Make<'a> = dyn Fn(&Arc<Session>) -> Result<Box<dyn Handler>, String> + 'a;

/// Serves the manager that started this process, until it says that it is over.
pub fn serve(factory: &dyn HandlerFactory) -> ExitCode {
    serve_with(&|_session| factory.create())
}

/// As [`serve`], for a handler that wants more from the manager than the contract offers.
pub fn serve_with(make: &Make<'_>) -> ExitCode {
    match streams::own() {
        Ok((input, output)) => serve_over(input, output, make),
        // Nobody can be told in the protocol; the exit status is seen.
        Err(_no_streams) => ExitCode::FAILURE,
    }
}

/// As [`serve_with`], where standard input and output were taken for the protocol by the caller, in a way of its own. This is
/// the process of the handler: it leaves when its manager has gone, also while a method of the handler runs.
pub fn serve_over(
    input: impl BufRead + Send + 'static,
    output: impl Write + Send + 'static,
    make: &Make<'_>,
) -> ExitCode {
    let host = host::Host::new(Box::new(output));
    streams::leave_when_gone(&host);
    life::live(&host, input, make);
    ExitCode::SUCCESS
}

/// As [`serve_with`], over any two streams. Returns when the manager said that it is over, or closed its end.
pub fn serve_on(input: impl BufRead + Send + 'static, output: impl Write + Send + 'static, make: &Make<'_>) {
    life::live(&host::Host::new(Box::new(output)), input, make);
}
