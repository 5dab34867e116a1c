//! `ISyncMgrRegister`, by which handlers tell that they are there.

use syncmgr_model::outcome::Outcome;
use windows::Win32::UI::Shell::ISyncMgrRegister_Impl;
use windows::core::{Error, GUID, PCWSTR, Result};
use windows_registry::{CURRENT_USER, Key, LOCAL_MACHINE};

use super::manager::Manager_Impl;
use super::{answer, asking};
use crate::class::{ClassId, HANDLERS};
use crate::pointers;
use crate::registration::{self, FLAGS, Registration};

impl ISyncMgrRegister_Impl for Manager_Impl {
    fn RegisterSyncMgrHandler(&self, class: *const GUID, description: &PCWSTR, flags: u32) -> Result<()> {
        // SAFETY: the contract has the installer pass an id and a text, or null.
        answer(
            || unsafe { (pointers::id(class), pointers::text(*description)) },
            |(class, description)| {
                let class = registration::class(class)?;
                let known = known(class);
                let registration =
                    registration::registered(known.as_ref().map(|(known, _)| known), description, flags)?;
                write(class, known.map(|(_, root)| root), &registration)?;
                asking::tell_registered(class);
                Ok(Outcome::OK)
            },
        )
    }

    fn UnregisterSyncMgrHandler(&self, class: *const GUID, _reserved: u32) -> Result<()> {
        // SAFETY: the contract has the installer pass an id, or null.
        answer(
            || unsafe { pointers::id(class) },
            |class| {
                let class = registration::class(class)?;
                // At both places; who is at none is as good as gone.
                for root in PLACES {
                    if root.open(path(class)).is_ok() {
                        root.remove_tree(path(class)).map_err(outcome)?;
                    }
                }
                asking::tell_taken_back(class);
                Ok(Outcome::OK)
            },
        )
    }

    fn GetHandlerRegistrationInfo(&self, class: *const GUID, flags: *mut u32) -> Result<()> {
        // SAFETY: the contract has the installer pass an id, or null.
        answer(
            || unsafe { pointers::id(class) },
            |class| {
                let class = registration::class(class)?;
                if flags.is_null() {
                    return Err(Outcome::INVALID_ARGUMENT);
                }
                let known = known(class).map(|(registration, _)| registration);
                let (told, events) = registration::told(known.as_ref());
                // SAFETY: not null, so there is a place for the flags.
                unsafe { flags.write_unaligned(events) };
                Ok(told)
            },
        )
    }
}

fn outcome(error: Error) -> Outcome {
    Outcome(error.code().0.cast_unsigned())
}

/// What the machine has counts before what the user has.
const PLACES: [&Key; 2] = [LOCAL_MACHINE, CURRENT_USER];

fn path(class: ClassId) -> String {
    format!(r"{HANDLERS}\{class}")
}

/// The registration of a class, and where it is.
fn known(class: ClassId) -> Option<(Registration, &'static Key)> {
    PLACES.into_iter().find_map(|root| {
        let key = root.open(path(class)).ok()?;
        let description = key.get_string("").unwrap_or_default();
        let flags = key.get_u32(FLAGS).unwrap_or_default();
        let flags = syncmgr_model::flags::RegisterFlags::from_bits_truncate(flags);
        Some((Registration { description, flags }, root))
    })
}

/// Writes a registration where it is; a new one for all users, or for this one where that is not allowed.
fn write(
    class: ClassId,
    root: Option<&'static Key>,
    registration: &Registration,
) -> std::result::Result<(), Outcome> {
    let at = |root: &Key| {
        let key = root.create(path(class))?;
        key.set_string("", &registration.description)?;
        key.set_u32(FLAGS, registration.flags.bits())
    };
    match root {
        Some(root) => at(root),
        None => at(LOCAL_MACHINE).or_else(|_| at(CURRENT_USER)),
    }
    .map_err(outcome)
}
