//! A handler whose threads do what they like with the callback.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use syncmgr_handler::model::event::InitializeFlags;
use syncmgr_handler::model::flags::HandlerFlags;
use syncmgr_handler::model::id::ItemId;
use syncmgr_handler::model::item::{HandlerInfo, ItemInfo};
use syncmgr_handler::model::outcome::Outcome;
use syncmgr_handler::model::progress::ProgressUpdate;
use syncmgr_handler::model::verdict::Verdict;
use syncmgr_handler::{Enumeration, Handler, ModelessRequest, ParentToken, SyncCallback};

use crate::manager::Manager;
use crate::{A, ONLY_A};

struct Foreign {
    callback: Option<Arc<dyn SyncCallback>>,
    given: Sender<Arc<dyn SyncCallback>>,
}

impl Handler for Foreign {
    fn initialize(&mut self, _flags: InitializeFlags, _cookie: Option<&[u8]>) -> Outcome {
        Outcome::OK
    }

    fn get_handler_info(&mut self) -> Result<HandlerInfo, Outcome> {
        Ok(HandlerInfo { name: "foreign".to_owned(), flags: HandlerFlags::ALWAYS_LIST_HANDLER })
    }

    fn enum_sync_mgr_items(&mut self) -> Result<Enumeration, Outcome> {
        Ok(Enumeration::complete([ItemInfo::new(A, "a")]))
    }

    fn set_progress_callback(&mut self, callback: Option<Arc<dyn SyncCallback>>) -> Outcome {
        self.callback = callback;
        Outcome::OK
    }

    /// Completed by whoever gets the callback.
    fn prepare_for_sync(&mut self, _items: &[ItemId], _parent: Option<ParentToken>) -> Outcome {
        self.given.send(self.callback.clone().unwrap()).unwrap();
        Outcome::OK
    }

    fn synchronize(&mut self, _parent: Option<ParentToken>) -> Outcome {
        self.callback.as_ref().unwrap().synchronize_completed(Outcome::OK)
    }
}

const RUN: &str = "{\"run\":\"r1\",\"epoch\":1,\"items\":";

/// The manager has asked to prepare; that is the number of its request.
fn preparing() -> (Manager, u64, Arc<dyn SyncCallback>) {
    let (given, is_given): (_, Receiver<Arc<dyn SyncCallback>>) = mpsc::channel();
    let mut manager = Manager::start(move || {
        Box::new(move |_session| Ok(Box::new(Foreign { callback: None, given: given.clone() }) as _))
    });
    manager.caps = r#""ask","dialog""#;
    let reply = manager.initialize("");
    assert!(reply.contains(r#""flags":["always_list"]"#), "{reply}");
    manager.ask("enumerate", "{}");
    let id = manager.request("prepare", &format!("{RUN}{ONLY_A}}}"));
    (manager, id, is_given.recv().unwrap())
}

#[test]
fn who_asks_without_saying_anything_has_not_begun_the_item() {
    let (mut manager, id, callback) = preparing();
    let asking = thread::spawn(move || {
        let asked = callback.progress(&A, &ProgressUpdate::POLL);
        (
            asked,
            callback.progress(&A, &ProgressUpdate::POLL),
            callback.prepare_for_sync_completed(Outcome::OK),
        )
    });
    let line = manager.next();
    assert!(line.contains(r#""id":"p1","method":"checkpoint""#), "{line}");
    manager.send(r#"{"jsonrpc":"2.0","id":"p1","result":{"v":"skip"}}"#);
    let skipped = Ok(Verdict::Skip);
    assert_eq!(asking.join().unwrap(), (skipped, skipped, Outcome::OK));
    let (_, before) = manager.reply(id);
    assert!(before.is_empty(), "{before:?}");
}

#[test]
fn threads_go_on_between_preparation_and_synchronization() {
    let (mut manager, id, callback) = preparing();
    assert_eq!(callback.prepare_for_sync_completed(Outcome::OK), Outcome::OK);
    manager.reply(id);
    assert_eq!(callback.prepare_for_sync_completed(Outcome::OK), Outcome::UNEXPECTED);
    let working = thread::spawn(move || callback.progress(&A, &ProgressUpdate::value(1)));
    let id = {
        // The first report waits for its answer, which comes while lines are read.
        assert!(manager.says_nothing());
        assert_eq!(working.join().unwrap(), Ok(Verdict::Go));
        manager.request("sync", &format!("{RUN}{ONLY_A}}}"))
    };
    let (reply, _) = manager.reply(id);
    assert!(reply.contains(r#""outcome":"succeeded""#), "{reply}");
}

#[test]
fn a_dialog_is_asked_of_the_manager_and_given_back_once() {
    let (mut manager, _id, callback) = preparing();
    let asking = thread::spawn(move || {
        let ask = || callback.enable_modeless(ModelessRequest::Ask);
        let done = || callback.enable_modeless(ModelessRequest::Done);
        [done(), ask(), ask(), done(), done()]
    });
    for (number, open, answer) in [
        (1, true, r#"{"granted":true}"#),
        (2, true, r#"{"granted":false,"reason":"stopped"}"#),
        (3, false, r#"{"granted":false}"#),
    ] {
        let line = manager.next();
        let expected = format!(r#""id":"p{number}","method":"dialog","params":{{"open":{open}}}"#);
        assert!(line.contains(&expected), "{line}");
        manager.send(&format!(r#"{{"jsonrpc":"2.0","id":"p{number}","result":{answer}}}"#));
    }
    assert_eq!(asking.join().unwrap(), [Outcome::OK, Outcome::OK, Outcome::FALSE, Outcome::OK, Outcome::OK]);
}
