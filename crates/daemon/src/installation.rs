//! Putting the service into the user's system, and taking it out again.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as own;
#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as own;

use crate::failure::Failure;
use crate::service::ServiceCommand;
use crate::surroundings::Surroundings;

/// The command of the service: this program, with what leads to these surroundings.
pub fn command(surroundings: &Surroundings) -> Result<ServiceCommand, Failure> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::ours("this program cannot be found on the disk").because(&error))?;
    Ok(ServiceCommand { program, arguments: surroundings.arguments() })
}

/// Has the system start the daemon at every logon, and starts it. Returns what was done.
pub fn install(surroundings: &Surroundings) -> Result<String, Failure> {
    own::install(surroundings)
}

/// Has the system start it no longer, and ends it. Returns what was done.
pub fn uninstall(surroundings: &Surroundings) -> Result<String, Failure> {
    own::uninstall(surroundings)
}
