//! Programs of others: started with a clean environment in a session of their own, watched, and nothing of them left
//! behind.
//!
//! [`Program`] says what to start, [`Child`] is it running. Two parts of the manager start programs (handlers that are
//! processes, and recipes) and both promise that nothing of a program outlives its run; that promise is kept here, once.
//!
//! What belongs to a child: the processes of its session, what they started, and on Linux everything that carries
//! [`MARK`] with the run's value in its environment, so that leaving the session by a double fork does not help. Only a
//! process that leaves the session, loses its parent and cleans its environment gets away. On Windows it is a job object that
//! nothing can leave, and that ends also when the manager does.
//!
//! Why no stranger is ever hit: the child is not reaped before [`Child::kill_all`], so the kernel cannot give its number,
//! which is also the number of the session, to anybody else; and every other process is held by a pidfd before it is
//! looked at and signaled through that. Of a job object only the kernel says what belongs to it.
//!
//! What it does not do: wait with several deadlines, or decide when to end a program. It reads and writes no pipes; only
//! where they cannot be waited for together there are threads that do (`Reader`, `Writer`, `Watch`).

mod program;
#[cfg(unix)]
mod unix;
mod usage;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as platform;
#[cfg(windows)]
use windows as platform;

pub use platform::{Child, Pipe, signal_of};
pub use program::{MARK, Program, clean_environment, find, is_same_variable};
pub use usage::Usage;
#[cfg(windows)]
pub use windows::{Never, Reader, Watch, Writer};
