//! Handlers that are COM classes: registered in the registry, and run by this program in a role of its own.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use syncmgr_com::class::ClassId;
use syncmgr_com::host;
use syncmgr_com::registration::TAKEN_BACK;
use syncmgr_model::id::HandlerId;

use crate::system::Class;

/// The word that gives this program the role; the class follows.
const ROLE: &str = "com-class";

/// The registered classes. To register one there is the user's own act, or his administrator's, so they are trusted.
pub(crate) fn classes() -> Vec<Class> {
    let Ok(program) = std::env::current_exe() else { return Vec::new() };
    host::registered()
        .into_iter()
        .map(|registered| Class {
            id: HandlerId::from_u128(registered.class.number()),
            key: registered.class.to_string().trim_matches(['{', '}']).to_lowercase(),
            description: registered.description,
            events: host::events(registered.class),
            argv: vec![
                program.clone().into_os_string(),
                OsString::from(ROLE),
                OsString::from(registered.class.to_string()),
            ],
        })
        .collect()
}

/// The classes that were taken back when no daemon ran, each with the note that says so.
pub(crate) fn taken_back(state_dir: &Path) -> Vec<(HandlerId, PathBuf)> {
    let Ok(notes) = std::fs::read_dir(state_dir.join(TAKEN_BACK)) else { return Vec::new() };
    let class = |path: PathBuf| {
        let class: ClassId = path.file_name()?.to_str()?.parse().ok()?;
        Some((HandlerId::from_u128(class.number()), path))
    };
    notes.filter_map(Result::ok).filter_map(|note| class(note.path())).collect()
}

/// Is the process of a class, if that is what the arguments say.
pub(crate) fn role() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let (role, class) = (arguments.next()?, arguments.next()?);
    if role != ROLE || arguments.next().is_some() {
        return None;
    }
    let class: ClassId = class.to_str()?.parse().ok()?;
    Some(host::serve(class))
}
