//! `ISyncMgrSynchronizeInvoke`, by which programs start sessions.

use syncmgr_model::outcome::Outcome;
use windows::Win32::UI::Shell::ISyncMgrSynchronizeInvoke_Impl;
use windows::core::{GUID, Result};

use super::manager::Manager_Impl;
use super::{answer, asking};
use crate::{invoke, pointers};

impl ISyncMgrSynchronizeInvoke_Impl for Manager_Impl {
    fn UpdateItems(&self, flags: u32, class: *const GUID, size: u32, cookie: *const u8) -> Result<()> {
        answer(
            // SAFETY: the contract has the program pass an id and as many bytes as it says, or null.
            || unsafe { (pointers::id(class), pointers::bytes(cookie, size)) },
            |(class, bytes)| {
                let request = invoke::update_items(flags, class, size as usize, bytes.as_deref())?;
                asking::ask(&request).map(|()| Outcome::OK)
            },
        )
    }

    fn UpdateAll(&self) -> Result<()> {
        answer(|| (), |()| asking::ask(&invoke::update_all()).map(|()| Outcome::OK))
    }
}
