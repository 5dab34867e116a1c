//! A handler as a guest, with a manager that says what the test wants.

#![allow(clippy::unwrap_used, reason = "helpers of tests stop the test")]

mod foreign;
mod manager;

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};

use manager::{Manager, seq};
use syncmgr_handler::guest::Session;
use syncmgr_handler::model::entry::LogLevel;
use syncmgr_handler::model::event::InitializeFlags;
use syncmgr_handler::model::id::{ErrorId, ItemId};
use syncmgr_handler::model::item::{HandlerInfo, ItemInfo};
use syncmgr_handler::model::outcome::Outcome;
use syncmgr_handler::model::verdict::Verdict;
use syncmgr_handler::simple::{Context, Simple, SyncError, Synchronize};
use syncmgr_handler::{Enumeration, Handler, ParentToken, SyncCallback};

/// What a test wants the handler to do with an item.
type Work = fn(ItemId, &Context, &Session) -> Result<(), SyncError>;

const A: ItemId = ItemId::from_u128(0xA);
const A_AND_B: &str =
    r#"[{"id":"00000000-0000-0000-0000-00000000000a"},{"id":"00000000-0000-0000-0000-00000000000b"}]"#;
const ONLY_A: &str = r#"[{"id":"00000000-0000-0000-0000-00000000000a"}]"#;

struct Scripted(Work, Arc<Session>);

impl Synchronize for Scripted {
    fn info(&self) -> HandlerInfo {
        HandlerInfo { name: "scripted".to_owned(), ..HandlerInfo::default() }
    }

    fn items(&self) -> Result<Vec<ItemInfo>, SyncError> {
        Ok([(A, "a"), (ItemId::from_u128(0xB), "b")].map(|(id, name)| ItemInfo::new(id, name)).to_vec())
    }

    fn sync(&self, item: ItemId, ctx: &Context) -> Result<(), SyncError> {
        (self.0)(item, ctx, &self.1)
    }
}

fn start(work: Work) -> Manager {
    Manager::start(move || {
        Box::new(
            move |session: &Arc<Session>| Ok(Box::new(Simple::new(Scripted(work, session.clone()))) as _),
        )
    })
}

/// Reports until it is told to end.
fn endless(_item: ItemId, ctx: &Context, _session: &Session) -> Result<(), SyncError> {
    for number in 0.. {
        ctx.value(number, 0)?;
    }
    Ok(())
}

#[test]
fn a_guest_introduces_itself_lists_its_items_and_leaves_at_the_end_of_input() {
    let mut manager = start(|_, _, _| Ok(()));
    let reply = manager.initialize("");
    assert!(reply.contains(r#""result":{"protocol":1,"name":"scripted","#), "{reply}");
    let listing = manager.ask("enumerate", "{}");
    assert!(listing.contains(r#"{"id":"00000000-0000-0000-0000-00000000000a","name":"a"}"#), "{listing}");
    manager.close();
}

#[test]
fn another_version_is_refused_with_the_one_that_is_spoken() {
    let mut manager = start(|_, _, _| Ok(()));
    let params = r#"{"protocol":{"min":2,"max":3},"reason":"manual","may_bother_user":false,"dry_run":false,"settings_only":false,"locale":"en","window":{"messages":1,"bytes":1},"caps":[]}"#;
    let reply = manager.ask("initialize", params);
    assert!(
        reply.contains(r#""error":{"code":-32002,"#) && reply.contains(r#""data":{"max":1,"min":1}"#),
        "{reply}"
    );
}

#[test]
fn each_item_gets_its_final_status_at_once_and_the_reply_repeats_none() {
    let mut manager = start(|_, ctx, _| Ok(ctx.value(3, 4)?));
    let id = manager.begin(A_AND_B);
    let (reply, before) = manager.reply(id);
    assert!(reply.ends_with(r#""result":{"items":[]}}"#), "{reply}");
    let finals: Vec<_> = before.iter().filter(|line| line.contains(r#""status":"succeeded""#)).collect();
    assert_eq!(finals.len(), 2, "{before:?}");
    let numbers: Vec<_> = before.iter().filter_map(|line| seq(line)).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
}

#[test]
fn a_skip_ends_its_item_and_a_stop_ends_all() {
    let mut manager = start(endless);
    let id = manager.begin(A_AND_B);
    manager.verdict("go", 0, r#"{"00000000-0000-0000-0000-00000000000a":"skip"}"#);
    let ends = |line: &str, name: &str| line.contains(name) && line.contains(r#""status":"s"#);
    let mut line = manager.next();
    while !ends(&line, "00000000000a") {
        line = manager.next();
    }
    assert!(line.contains(r#""status":"skipped""#), "{line}");
    manager.notify("item/status", r#"{"item":null,"status":"stop"}"#);
    let (_, before) = manager.reply(id);
    let last = before.iter().find(|line| ends(line, "00000000000b")).unwrap();
    assert!(last.contains(r#""status":"stopped""#), "{last}");
}

#[test]
fn a_yield_is_answered_with_deferred_and_the_state_that_was_kept() {
    let mut manager = start(|item, ctx, session| {
        assert!(session.keep(item, "page 7"));
        endless(item, ctx, session)
    });
    let id = manager.begin(ONLY_A);
    let mut line = manager.next();
    while !line.contains(r#""method":"state""#) {
        line = manager.next();
    }
    assert!(line.contains(r#""state":"page 7""#), "{line}");
    manager.send(r#"{"jsonrpc":"2.0","id":"p2","result":{"accepted":true}}"#);
    manager.verdict("yield", 0, "{}");
    let (reply, _) = manager.reply(id);
    assert!(reply.contains(r#""outcome":"deferred","state":"page 7""#), "{reply}");
}

#[test]
fn an_item_that_is_skipped_before_it_begins_is_not_begun() {
    let mut manager = start(|_, ctx, _| {
        ctx.log(LogLevel::Information, "was begun");
        Ok(())
    });
    let id = manager.begin(ONLY_A);
    // No verdict was told; the answer to the first call alone says it.
    manager.answer_with("skip");
    let (_, before) = manager.reply(id);
    assert!(before.iter().any(|line| line.contains(r#""status":"skipped""#)), "{before:?}");
    assert!(!before.iter().any(|line| line.contains("was begun")), "{before:?}");
}

#[test]
fn what_ends_work_never_weakens() {
    let mut manager = start(endless);
    let id = manager.begin(ONLY_A);
    manager.verdict("yield", 0, "{}");
    manager.verdict("stop", 0, "{}");
    manager.verdict("go", 0, r#"{"00000000-0000-0000-0000-00000000000a":"go"}"#);
    let (_, before) = manager.reply(id);
    assert!(before.iter().any(|line| line.contains(r#""status":"stopped""#)), "{before:?}");
}

/// Hands its cookie over and wants nothing else.
struct TakesCookie(Sender<Option<Vec<u8>>>);

impl Handler for TakesCookie {
    fn initialize(&mut self, _flags: InitializeFlags, cookie: Option<&[u8]>) -> Outcome {
        self.0.send(cookie.map(<[u8]>::to_vec)).unwrap();
        Outcome::FALSE
    }

    fn get_handler_info(&mut self) -> Result<HandlerInfo, Outcome> {
        Err(Outcome::UNEXPECTED)
    }

    fn enum_sync_mgr_items(&mut self) -> Result<Enumeration, Outcome> {
        Err(Outcome::UNEXPECTED)
    }

    fn set_progress_callback(&mut self, _callback: Option<Arc<dyn SyncCallback>>) -> Outcome {
        Outcome::UNEXPECTED
    }

    fn prepare_for_sync(&mut self, _items: &[ItemId], _parent: Option<ParentToken>) -> Outcome {
        Outcome::UNEXPECTED
    }

    fn synchronize(&mut self, _parent: Option<ParentToken>) -> Outcome {
        Outcome::UNEXPECTED
    }
}

#[test]
fn a_cookie_arrives_byte_for_byte_and_a_polite_no_is_declined() {
    for (text, bytes) in [
        ("", Some(&b""[..])),
        ("Zg==", Some(b"f")),
        ("Zm8=", Some(b"fo")),
        ("Zm9v", Some(b"foo")),
        ("Zm9v+/8A", Some(b"foo\xfb\xff\x00")),
        ("Zm9v!", None),
    ] {
        let (taken, cookie) = mpsc::channel();
        let mut manager = Manager::start(move || {
            Box::new(move |_: &Arc<Session>| Ok(Box::new(TakesCookie(taken.clone())) as _))
        });
        let reply = manager.initialize(&format!(r#","cookie":"{text}""#));
        assert!(reply.contains(r#""declined":true"#), "{reply}");
        assert_eq!(cookie.recv().unwrap().as_deref(), bytes, "{text}");
    }
}

/// Shows an entry, asks for a retry of nothing, and hands over what was answered.
struct RetriesNothing(Option<Arc<dyn SyncCallback>>, Sender<[Outcome; 2]>);

impl Handler for RetriesNothing {
    fn initialize(&mut self, _flags: InitializeFlags, _cookie: Option<&[u8]>) -> Outcome {
        Outcome::OK
    }

    fn get_handler_info(&mut self) -> Result<HandlerInfo, Outcome> {
        Ok(HandlerInfo::default())
    }

    fn enum_sync_mgr_items(&mut self) -> Result<Enumeration, Outcome> {
        Ok(Enumeration::complete([]))
    }

    fn set_progress_callback(&mut self, callback: Option<Arc<dyn SyncCallback>>) -> Outcome {
        self.0 = callback;
        Outcome::OK
    }

    fn prepare_for_sync(&mut self, _items: &[ItemId], _parent: Option<ParentToken>) -> Outcome {
        Outcome::UNEXPECTED
    }

    fn synchronize(&mut self, _parent: Option<ParentToken>) -> Outcome {
        Outcome::UNEXPECTED
    }

    fn show_error(&mut self, _parent: Option<ParentToken>, _error: ErrorId) -> Outcome {
        let callback = self.0.as_ref().unwrap();
        let twice = [(); 2].map(|()| callback.show_error_completed(Outcome::RETRY_SYNC, &[]));
        self.1.send(twice).unwrap();
        Outcome::OK
    }
}

#[test]
fn a_retry_of_nothing_is_refused_and_what_was_shown_is_gone() {
    let (answered, answers) = mpsc::channel();
    let mut manager = Manager::start(move || {
        Box::new(move |_: &Arc<Session>| Ok(Box::new(RetriesNothing(None, answered.clone())) as _))
    });
    manager.initialize("");
    let reply = manager.ask("showError", r#"{"log_id":"00000000-0000-0000-0000-000000000007"}"#);
    assert!(reply.contains(r#""result":{}"#), "{reply}");
    assert_eq!(answers.recv().unwrap(), [Outcome::INVALID_ARGUMENT, Outcome::UNEXPECTED]);
}

#[test]
fn a_pause_holds_the_handler_inside_progress() {
    let mut manager = start(|_, ctx, _| {
        ctx.check()?;
        ctx.log(LogLevel::Information, "went on");
        Ok(())
    });
    manager.initialize("");
    manager.ask("enumerate", "{}");
    let run = format!(r#"{{"run":"r1","epoch":1,"items":{ONLY_A}}}"#);
    manager.ask("prepare", &run);
    manager.verdict("pause", 0, "{}");
    let id = manager.request("sync", &run);
    assert!(manager.says_nothing());
    manager.verdict("go", 0, "{}");
    let (_, before) = manager.reply(id);
    assert!(before.iter().any(|line| line.contains("went on")), "{before:?}");
}

#[test]
fn without_credit_no_line_follows_and_with_credit_the_newest_values_do() {
    let mut manager = start(|_, ctx, _| {
        for number in 0..1000 {
            ctx.value(number, 1000)?;
        }
        Ok(())
    });
    manager.window = 1;
    // Two items cannot share a line, so a second one is due in any case.
    let id = manager.begin(A_AND_B);
    let first = manager.next();
    assert_eq!(seq(&first), Some(1));
    assert!(manager.says_nothing());
    manager.verdict("go", 1, "{}");
    let (_, mut lines) = manager.reply(id);
    lines.insert(0, first);
    for item in ["00000000000a", "00000000000b"] {
        let mut values = lines.iter().filter(|line| line.contains(item) && line.contains(r#""done""#));
        assert!(values.next_back().unwrap().contains(r#""done":{"items":999}"#), "{lines:?}");
    }
}

#[test]
fn a_checkpoint_waits_for_its_own_answer() {
    let mut manager = start(|item, _, session| match session.checkpoint(item) {
        Verdict::Stop => Err(SyncError::failed("was stopped at the checkpoint")),
        other => Err(SyncError::failed(format!("was answered {other:?}"))),
    });
    let id = manager.begin(ONLY_A);
    let mut line = manager.next();
    while !line.contains(r#""method":"checkpoint""#) {
        line = manager.next();
    }
    manager.send(r#"{"jsonrpc":"2.0","id":"p2","result":{"v":"stop"}}"#);
    let (_, before) = manager.reply(id);
    assert!(before.iter().any(|line| line.contains("was stopped at the checkpoint")), "{before:?}");
}

#[test]
fn a_secret_and_a_state_come_from_the_manager() {
    let mut manager = start(|item, _, session| {
        let secret = session.secret("imap").unwrap_or_else(|refused| refused);
        Err(SyncError::failed(format!("{secret}, {:?}", session.state(item))))
    });
    let id = manager.begin(r#"[{"id":"00000000-0000-0000-0000-00000000000a","state":"page 7"}]"#);
    let mut line = manager.next();
    while !line.contains(r#""method":"secret""#) {
        line = manager.next();
    }
    manager.send(r#"{"jsonrpc":"2.0","id":"p2","error":{"code":-32001,"message":"not declared"}}"#);
    let (_, before) = manager.reply(id);
    let said = before.iter().find(|line| line.contains("not declared")).unwrap();
    assert!(said.contains(r#"Some(\"page 7\")"#), "{said}");
}

#[test]
fn an_entry_leads_back_into_the_handler_by_the_text_of_its_id() {
    let mut manager = start(|_, ctx, _| {
        ctx.log_with_jump(LogLevel::Error, "look at this", ErrorId::from_u128(7));
        Ok(())
    });
    let id = manager.begin(ONLY_A);
    let (_, before) = manager.reply(id);
    let entry = before.iter().find(|line| line.contains("look at this")).unwrap();
    assert!(entry.contains(r#""log_id":"00000000-0000-0000-0000-000000000007","jump":true"#), "{entry}");
    let unknown = manager.ask("showError", r#"{"log_id":"e1"}"#);
    assert!(unknown.contains("-32602"), "{unknown}");
}

#[test]
fn the_end_of_input_stops_work_that_is_under_way() {
    let mut manager = start(endless);
    manager.begin(ONLY_A);
    manager.next();
    manager.close();
}

#[test]
fn a_progress_call_that_is_held_back_allocates_nothing() {
    /// How much each of a thousand calls allocated, and how to go on.
    type Measured = (Sender<u64>, Receiver<()>);
    static MEASURED: Mutex<Option<Measured>> = Mutex::new(None);
    let (tell, told) = mpsc::channel();
    let (go, wait) = mpsc::channel();
    *MEASURED.lock().unwrap() = Some((tell, wait));
    let mut manager = start(|_, ctx, _| {
        let (tell, wait) = MEASURED.lock().unwrap().take().unwrap();
        let mut number = 0;
        ctx.value(number, 1000)?;
        let _ = wait.recv();
        let info = allocation_counter::measure(|| {
            for _ in 0..1000 {
                number += 1;
                let _ = ctx.value(number, 1000);
            }
        });
        let _ = tell.send(info.count_total);
        Ok(())
    });
    let id = manager.begin(ONLY_A);
    assert_eq!(seq(&manager.next()), Some(1));
    go.send(()).unwrap();
    let n_allocations = told.recv().unwrap();
    manager.reply(id);
    // The list of rows with something to write may grow, once for each line that is written.
    assert!(n_allocations <= 4, "{n_allocations} allocations in a thousand calls");
}
