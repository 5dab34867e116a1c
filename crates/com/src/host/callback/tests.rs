//! The object as a class sees it, through its table of methods.

use std::ptr::null;

use syncmgr_handler::{ModelessRequest, SyncCallback};
use syncmgr_model::entry::{LogErrorInfo, LogLevel};
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::verdict::Verdict;
use windows::Win32::Foundation::{E_INVALIDARG, E_UNEXPECTED, S_FALSE, S_OK};
use windows::Win32::System::Com::Marshal::IMarshal;
use windows::Win32::UI::Shell::{S_SYNCMGR_CANCELITEM, S_SYNCMGR_RETRYSYNC};
use windows::core::{IUnknown, Interface as _, w};

use super::*;

/// Panics at every call but progress, which it answers with a skip.
struct Panics;

impl SyncCallback for Panics {
    fn show_properties_completed(&self, _outcome: Outcome) -> Outcome {
        panic!("by intention")
    }

    fn prepare_for_sync_completed(&self, _outcome: Outcome) -> Outcome {
        panic!("by intention")
    }

    fn synchronize_completed(&self, _outcome: Outcome) -> Outcome {
        panic!("by intention")
    }

    fn show_error_completed(&self, _outcome: Outcome, _items: &[ItemId]) -> Outcome {
        panic!("by intention")
    }

    fn enable_modeless(&self, _request: ModelessRequest) -> Outcome {
        Outcome::FALSE
    }

    fn progress(&self, item: &ItemId, _update: &ProgressUpdate<'_>) -> std::result::Result<Verdict, Outcome> {
        if item.is_nil() { Err(Outcome::INVALID_ARGUMENT) } else { Ok(Verdict::Skip) }
    }

    fn log_error(&self, _level: LogLevel, _text: &str, _info: Option<&LogErrorInfo>) -> Outcome {
        panic!("by intention")
    }

    fn delete_log_error(&self, _error: Option<ErrorId>) -> Outcome {
        panic!("by intention")
    }

    fn establish_connection(&self, _name: Option<&str>) -> Outcome {
        panic!("by intention")
    }
}

fn object() -> (ISyncMgrSynchronizeCallback, Arc<Calls>) {
    let calls = Arc::new(Calls::default());
    calls.open(Arc::new(Panics));
    (Callback(calls.clone()).into(), calls)
}

#[test]
fn a_panic_is_an_unexpected_call_for_the_class_and_nothing_else() {
    let (object, _calls) = object();
    let (this, table) = (object.as_raw(), object.vtable());
    let id = GUID::from_u128(1);
    // SAFETY: the object lives, and what is passed is what the contract asks for.
    let answers = unsafe {
        [
            (table.ShowPropertiesCompleted)(this, S_OK),
            (table.PrepareForSyncCompleted)(this, S_OK),
            (table.SynchronizeCompleted)(this, S_OK),
            (table.ShowErrorCompleted)(this, S_OK, 0, null()),
            (table.LogError)(this, 1, w!("text"), null()),
            (table.DeleteLogError)(this, &id, 0),
            (table.EstablishConnection)(this, PCWSTR::null(), 0),
        ]
    };
    assert_eq!(answers, [E_UNEXPECTED; 7]);
}

#[test]
fn success_codes_other_than_plain_success_arrive() {
    let (object, _calls) = object();
    let id = GUID::from_u128(1);
    let report =
        SYNCMGRPROGRESSITEM { cbSize: size_of::<SYNCMGRPROGRESSITEM>() as u32, ..Default::default() };
    // SAFETY: the object lives, and what is passed is what the contract asks for.
    let answers = unsafe {
        let (this, table) = (object.as_raw(), object.vtable());
        [
            (table.EnableModeless)(this, BOOL(-1)),
            (table.Progress)(this, &id, &report),
            (table.Progress)(this, null(), &report),
            (table.ShowErrorCompleted)(this, S_SYNCMGR_RETRYSYNC, 7, null()),
        ]
    };
    // The last one panics in the manager, which was told that the show is over.
    assert_eq!(answers, [S_FALSE, S_SYNCMGR_CANCELITEM, E_INVALIDARG, E_UNEXPECTED]);
}

#[test]
fn a_reference_outlives_its_session_and_leads_nowhere() {
    let (object, calls) = object();
    let kept = object.clone();
    drop(object);
    calls.close();
    // SAFETY: the object lives as long as there is a reference.
    let answer = unsafe { (kept.vtable().SynchronizeCompleted)(kept.as_raw(), S_OK) };
    assert_eq!(answer, E_UNEXPECTED);
}

#[test]
fn the_object_has_one_identity_and_can_be_marshalled_as_itself() {
    let (object, _calls) = object();
    let one: IUnknown = object.cast().unwrap();
    let two: IUnknown = object.cast::<ISyncMgrSynchronizeCallback>().unwrap().cast().unwrap();
    assert_eq!(one, two);
    assert!(object.cast::<IMarshal>().is_ok());
}
