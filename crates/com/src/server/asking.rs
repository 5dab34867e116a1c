//! Asks the daemon of this user, and has it started where none runs.

use std::path::PathBuf;
use std::time::Duration;

use syncmgr_control::{Client, ConnectError};
use syncmgr_model::outcome::Outcome;
use syncmgr_wire::control::Request;

use super::starting;
use crate::class::ClassId;
use crate::{invoke, registration};

/// How long an answer may take that comes at once: a daemon that hangs does not hang who asks.
const PATIENCE: Duration = Duration::from_secs(20);
/// The same for what is only told, and matters to nobody here.
const NEWS_PATIENCE: Duration = Duration::from_secs(2);

/// Asks for something that is answered at once.
pub(super) fn ask(request: &Request) -> Result<(), Outcome> {
    let socket = socket().ok_or(Outcome::FAIL)?;
    let mut client = match Client::connect_within(&socket, PATIENCE) {
        Ok(client) => client,
        Err(ConnectError::NotRunning { .. }) => {
            starting::start().map_err(|_cannot| Outcome::FAIL)?;
            Client::connect_within(&socket, PATIENCE).map_err(|_none| Outcome::FAIL)?
        }
        Err(ConnectError::Failed { .. }) => return Err(Outcome::FAIL),
    };
    let answer = client.ask(request, &mut |_event| {}).map_err(|_lost| Outcome::FAIL)?;
    match invoke::outcome(answer.exit) {
        Outcome::OK => Ok(()),
        refused => Err(refused),
    }
}

/// Tells the daemon that a class was registered, if one runs. What becomes of that is nothing to who registers it.
pub(super) fn tell_registered(class: ClassId) {
    let _told = tell(class);
}

/// Tells the daemon that a class was taken back. Where none runs, or none answers, a note is left for who comes next.
pub(super) fn tell_taken_back(class: ClassId) {
    // Without a state directory nothing was ever chosen.
    if let Some(state) = state_dir().filter(|state| state.is_dir())
        && !tell(class)
    {
        let notes = state.join(registration::TAKEN_BACK);
        let _written =
            std::fs::create_dir_all(&notes).and_then(|()| std::fs::write(notes.join(class.to_string()), b""));
    }
}

/// Whether a daemon has heard it.
fn tell(class: ClassId) -> bool {
    let client = socket().and_then(|socket| Client::connect_within(&socket, NEWS_PATIENCE).ok());
    let answer = client.and_then(|mut client| client.ask(&registration::news(class), &mut |_event| {}).ok());
    answer.is_some_and(|answer| invoke::outcome(answer.exit) == Outcome::OK)
}

/// Where the daemon of this user listens.
fn socket() -> Option<PathBuf> {
    Some(state_dir()?.join(r"run\control.sock"))
}

/// The state directory that a manager of this user has if nobody names another.
fn state_dir() -> Option<PathBuf> {
    let place = |variable: &str| {
        #[expect(clippy::disallowed_methods, reason = "called by programs that know nothing of places")]
        let place = std::env::var_os(variable);
        place.map(PathBuf::from).filter(|place| place.is_absolute())
    };
    let local = place("LOCALAPPDATA").or_else(|| Some(place("USERPROFILE")?.join(r"AppData\Local")))?;
    Some(local.join("syncmgr"))
}
