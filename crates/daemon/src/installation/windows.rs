//! With the registry, which says what starts when the user logs on.

use windows_registry::{CURRENT_USER, Key};

use crate::background;
use crate::failure::Failure;
use crate::service::{AT_LOGON, AT_LOGON_NAME};
use crate::surroundings::Surroundings;

/// Writes the value and starts the daemon.
pub(super) fn install(surroundings: &Surroundings) -> Result<String, Failure> {
    let line = super::command(surroundings)?.windows_line();
    at_logon()?.set_string(AT_LOGON_NAME, &line).map_err(|error| cannot_write(&error))?;
    let started = background::start(surroundings)?;
    Ok(format!(
        "written: value `{AT_LOGON_NAME}` of HKEY_CURRENT_USER\\{AT_LOGON}\n\
         {started}\n\
         it is started at every logon from now on; `syncmgr daemon uninstall` takes it back"
    ))
}

/// Removes the value and ends the daemon.
pub(super) fn uninstall(surroundings: &Surroundings) -> Result<String, Failure> {
    let key = at_logon()?;
    if key.get_string(AT_LOGON_NAME).is_err() {
        return Ok(format!("not installed: HKEY_CURRENT_USER\\{AT_LOGON} has no value `{AT_LOGON_NAME}`"));
    }
    key.remove_value(AT_LOGON_NAME).map_err(|error| cannot_write(&error))?;
    background::stop(surroundings)?;
    Ok(format!("stopped, and removed: value `{AT_LOGON_NAME}` of HKEY_CURRENT_USER\\{AT_LOGON}"))
}

fn at_logon() -> Result<Key, Failure> {
    CURRENT_USER.create(AT_LOGON).map_err(|error| cannot_write(&error))
}

fn cannot_write(error: &dyn std::error::Error) -> Failure {
    Failure::ours(format!("HKEY_CURRENT_USER\\{AT_LOGON} cannot be changed")).because(error)
}
