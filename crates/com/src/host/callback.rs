//! [`Callback`]: the object that a class gets.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use syncmgr_model::id::{ErrorId, ItemId};
use syncmgr_model::outcome::Outcome;
use windows::Win32::UI::Shell::{
    ISyncMgrSynchronizeCallback, ISyncMgrSynchronizeCallback_Impl, SYNCMGRLOGERRORINFO, SYNCMGRPROGRESSITEM,
};
use windows::core::{BOOL, Error, GUID, HRESULT, PCWSTR, Result, implement};

use crate::calls::Calls;
use crate::pointers;

/// Agile: marshalled into another apartment it is still this object, without a proxy, so that every thread of the class may
/// use it as it is.
#[implement(ISyncMgrSynchronizeCallback)]
pub(super) struct Callback(pub(super) Arc<Calls>);

/// Answers with a code, whatever it is. No panic gets out: the caller is code of others, which it would tear down.
fn answer(call: impl FnOnce() -> Outcome) -> Result<()> {
    match catch_unwind(AssertUnwindSafe(call)).unwrap_or(Outcome::UNEXPECTED) {
        Outcome::OK => Ok(()),
        // Success codes, too: all that is not plain `S_OK` goes through here unchanged.
        outcome => Err(Error::from_hresult(HRESULT(outcome.0.cast_signed()))),
    }
}

fn outcome(code: HRESULT) -> Outcome {
    Outcome(code.0.cast_unsigned())
}

impl ISyncMgrSynchronizeCallback_Impl for Callback_Impl {
    fn ShowPropertiesCompleted(&self, hr: HRESULT) -> Result<()> {
        answer(|| self.0.show_properties_completed(outcome(hr)))
    }

    fn PrepareForSyncCompleted(&self, hr: HRESULT) -> Result<()> {
        answer(|| self.0.prepare_for_sync_completed(outcome(hr)))
    }

    fn SynchronizeCompleted(&self, hr: HRESULT) -> Result<()> {
        answer(|| self.0.synchronize_completed(outcome(hr)))
    }

    fn ShowErrorCompleted(&self, hr: HRESULT, count: u32, items: *const GUID) -> Result<()> {
        // SAFETY: called for a retry only, and then the contract has the class pass an array of that many.
        answer(|| self.0.show_error_completed(outcome(hr), || unsafe { pointers::items(count, items) }))
    }

    fn EnableModeless(&self, enable: BOOL) -> Result<()> {
        answer(|| self.0.enable_modeless(enable.0))
    }

    fn Progress(&self, item: *const GUID, report: *const SYNCMGRPROGRESSITEM) -> Result<()> {
        answer(|| {
            // SAFETY: the contract has the class pass an id and a structure, or null.
            let (item, report) = unsafe { (pointers::id(item), pointers::progress(report)) };
            self.0.progress(item.map(ItemId::new), &report)
        })
    }

    fn LogError(&self, level: u32, text: &PCWSTR, info: *const SYNCMGRLOGERRORINFO) -> Result<()> {
        answer(|| {
            // SAFETY: the contract has the class pass a text and a structure, or null.
            let (text, info) = unsafe { (pointers::text(*text), pointers::log_info(info)) };
            self.0.log_error(level, text.as_deref(), &info)
        })
    }

    fn DeleteLogError(&self, error: *const GUID, _reserved: u32) -> Result<()> {
        // SAFETY: the contract has the class pass an id, or null.
        answer(|| self.0.delete_log_error(unsafe { pointers::id(error) }.map(ErrorId::new)))
    }

    fn EstablishConnection(&self, name: &PCWSTR, _reserved: u32) -> Result<()> {
        // SAFETY: the contract has the class pass a text, or null for the default connection.
        answer(|| self.0.establish_connection(unsafe { pointers::text(*name) }.as_deref()))
    }
}

#[cfg(test)]
mod tests;
