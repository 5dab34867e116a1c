//! Asks the daemon of this user, and has it started where none runs.

use std::path::PathBuf;

use syncmgr_control::{Client, ConnectError};
use syncmgr_model::outcome::Outcome;
use syncmgr_wire::control::Request;

use super::starting;
use crate::invoke;

/// Asks for something that is answered at once.
pub(super) fn ask(request: &Request) -> Result<(), Outcome> {
    let socket = socket().ok_or(Outcome::FAIL)?;
    let mut client = match Client::connect(&socket) {
        Ok(client) => client,
        Err(ConnectError::NotRunning { .. }) => {
            starting::start().map_err(|_cannot| Outcome::FAIL)?;
            Client::connect(&socket).map_err(|_none| Outcome::FAIL)?
        }
        Err(ConnectError::Failed { .. }) => return Err(Outcome::FAIL),
    };
    let answer = client.ask(request, &mut |_event| {}).map_err(|_lost| Outcome::FAIL)?;
    match invoke::outcome(answer.exit) {
        Outcome::OK => Ok(()),
        refused => Err(refused),
    }
}

/// Where the daemon of this user listens: in the state directory that it has if nobody names another.
fn socket() -> Option<PathBuf> {
    let place = |variable: &str| {
        #[expect(clippy::disallowed_methods, reason = "called by programs that know nothing of places")]
        let place = std::env::var_os(variable);
        place.map(PathBuf::from).filter(|place| place.is_absolute())
    };
    let local = place("LOCALAPPDATA").or_else(|| Some(place("USERPROFILE")?.join(r"AppData\Local")))?;
    Some(local.join(r"syncmgr\run\control.sock"))
}
