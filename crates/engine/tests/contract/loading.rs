//! Loading and enumeration: C-01 to C-24.

use std::collections::HashMap;
use std::sync::Arc;

use syncmgr_engine::{HandlerEntry, SessionRequest};
use syncmgr_handler::{Completeness, Enumeration};
use syncmgr_model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_model::flags::{HandlerFlags, ItemFlags, RegisterFlags};
use syncmgr_model::id::{HandlerId, ItemId};
use syncmgr_model::item::{CheckState, HANDLER_NAME_UNITS, ITEM_NAME_UNITS, ItemInfo, MAX_ITEMS};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::status::ItemStatus::Succeeded;
use syncmgr_model::tick::{Basis, Forgotten, Gone, initial_check};
use syncmgr_model::time::Timestamp;
use syncmgr_model::trigger::{Console, SettingsTab, Trigger};
use syncmgr_testkit::{Recorded, Scripted};

use crate::desk::*;
use crate::setup::*;

#[test]
fn c_001_a_new_instance_is_initialized_first_and_once() {
    let disk = Scripted::new("disk", &[A, B]);
    run(&[&disk]);
    let calls = disk.record().calls();
    assert_eq!(calls[0], Recorded::Initialize(MANUAL, None));
    assert_eq!(count(&calls, |call| matches!(call, Recorded::Initialize(..))), 1);
}

#[test]
fn c_002_the_flags_name_exactly_one_event() {
    for trigger in [
        Trigger::Manual,
        Trigger::Logon,
        Trigger::Logoff,
        Trigger::Connect,
        Trigger::PendingDisconnect(Console::Nobody),
        Trigger::Idle,
        Trigger::Schedule("night".to_owned()),
        Trigger::Invoke(syncmgr_model::invoke::Invocation::update_all()),
        Trigger::Change,
        Trigger::Settings(SettingsTab::Idle),
    ] {
        let disk = Scripted::new("disk", &[A]);
        let flags = trigger.initialize_flags();
        engine().start(SessionRequest { flags, ..request(&[&disk]) }).wait();
        let Some(Recorded::Initialize(told, _)) = disk.record().calls().first().cloned() else {
            panic!("not initialized")
        };
        assert!((1..=6).contains(&(told.contract_word() & 0xFF)), "{trigger:?}");
        assert_eq!(told.contract_word() & !0x3FF, 0, "{trigger:?}");
    }
}

#[test]
fn c_003_only_what_a_program_asks_for_brings_a_cookie() {
    use Event::*;
    for event in [Connect, PendingDisconnect, Manual, Idle, Schedule, Change] {
        let disk = Scripted::new("disk", &[A]);
        let flags = InitializeFlags::new(event, Modifiers::empty());
        engine().start(SessionRequest { flags, cookie: Some(vec![1]), ..request(&[&disk]) }).wait();
        assert_eq!(disk.record().calls()[0], Recorded::Initialize(flags, None), "{event}");
    }
}

#[test]
fn c_004_a_cookie_arrives_byte_for_byte_though_the_program_uses_its_buffer_again() {
    let disk = Scripted::new("disk", &[A]);
    let queue = Arc::new(queue_of(&[&disk]));
    let invoker = syncmgr_engine::Invoker::new(queue.clone(), |_| true);
    let mut buffer = [0, 255, 1, 0, 128];
    assert_eq!(invoker.update_items(0x2, handler_id(0), buffer.len(), Some(&buffer)), Outcome::OK);
    buffer.fill(7);
    drop(invoker);
    Arc::into_inner(queue).expect("nobody else has it").finish();
    let flags = InitializeFlags::new(Event::Invoke, Modifiers::MAY_BOTHER_USER);
    let cookie = Some(vec![0, 255, 1, 0, 128]);
    assert_eq!(disk.record().calls()[0], Recorded::Initialize(flags, cookie));
}

#[test]
fn c_005_a_polite_no_ends_that_instance_and_no_other() {
    let disk = Scripted::new("disk", &[A]).on_initialize(|| Outcome::FALSE);
    let mail = Scripted::new("mail", &[B]);
    let report = run(&[&disk, &mail]);
    assert!(is_let_go(&disk.record().calls()));
    assert_eq!(statuses(&report), [Succeeded]);
    assert_eq!(texts(&report), [""; 0]);
}

#[test]
fn c_006_a_failure_and_an_unusual_success_end_it_as_well() {
    for outcome in [Outcome::FAIL, Outcome::NOT_IMPLEMENTED, Outcome(0x0004_0299), Outcome::MISSING_ITEMS] {
        let disk = Scripted::new("disk", &[A]).on_initialize(move || outcome);
        let mail = Scripted::new("mail", &[B]);
        let report = run(&[&disk, &mail]);
        assert!(is_let_go(&disk.record().calls()), "{outcome}");
        assert_eq!(statuses(&report), [Succeeded], "{outcome}");
    }
}

#[test]
fn c_007_what_a_handler_tells_about_itself_is_asked_once_and_outlives_it() {
    let disk = Scripted::new("disk", &[A]).calls_itself("Disk of mine");
    let session = start(&[&disk]);
    session.wait();
    assert_eq!(disk.record().calls().last(), Some(&Recorded::Dropped));
    assert_eq!(disk.record().count(&Recorded::GetHandlerInfo), 1);
    assert_eq!(session.handler_name(handler_id(0)).as_deref(), Some("Disk of mine"));
}

#[test]
fn c_008_without_info_a_handler_is_kept_and_shown_by_its_registration_or_its_id() {
    for description in ["registered as disk", ""] {
        let disk = Scripted::new("disk", &[A]).without_info(Outcome::FAIL);
        let mut request = request(&[&disk]);
        request.handlers[0].description = description.to_owned();
        let session = engine().start(request);
        assert_eq!(statuses(&session.wait()), [Succeeded]);
        let id = handler_id(0).to_string();
        let expected = if description.is_empty() { id.as_str() } else { description };
        assert_eq!(session.handler_name(handler_id(0)).as_deref(), Some(expected));
    }
}

#[test]
fn c_009_a_handler_name_is_shown_up_to_its_limit_and_cut_between_characters() {
    // 30 units, then a character of two: it would be halved.
    let long = format!("{}\u{1F5BC}xyz", "ä".repeat(HANDLER_NAME_UNITS - 1));
    for (told, expected) in
        [("x".repeat(HANDLER_NAME_UNITS), HANDLER_NAME_UNITS), (long, HANDLER_NAME_UNITS - 1)]
    {
        let disk = Scripted::new("disk", &[A]).calls_itself(&told);
        let session = start(&[&disk]);
        session.wait();
        let name = session.handler_name(handler_id(0)).unwrap();
        assert!(told.starts_with(&name));
        assert_eq!(name.encode_utf16().count(), expected);
    }
}

#[test]
fn c_010_an_item_name_is_shown_up_to_its_limit_and_cut_between_characters() {
    let whole = "x".repeat(ITEM_NAME_UNITS);
    let long = format!("{}\u{1F5BC}", "ä".repeat(ITEM_NAME_UNITS - 1));
    let items = vec![ItemInfo::new(A, whole.clone()), ItemInfo::new(B, long.clone()), ItemInfo::new(C, "")];
    let report = run(&[&Scripted::new("disk", &[]).listing(items, Completeness::Complete)]);
    let names: Vec<&str> = report.items.iter().map(|item| item.name.as_str()).collect();
    let cut: String = long.chars().take(ITEM_NAME_UNITS - 1).collect();
    assert_eq!(names, [whole.as_str(), &cut, &C.to_string()]);
}

#[test]
fn c_011_a_list_that_can_only_give_the_next_item_is_enough() {
    let disk = Scripted::new("disk", &[]).on_enumerate(|_| {
        let mut left = vec![B, A];
        let items = std::iter::from_fn(move || left.pop().map(|id| Ok(ItemInfo::new(id, "x"))));
        Ok(Enumeration { items: Box::new(items), completeness: Completeness::Complete })
    });
    run(&[&disk]);
    assert_eq!(disk.record().count(&Recorded::Prepare(vec![A, B])), 1);
}

#[test]
fn c_012_items_that_come_with_a_success_other_than_ok_are_used() {
    let items = vec![ItemInfo::new(A, "a"), ItemInfo::new(B, "b")];
    let disk = Scripted::new("disk", &[]).listing(items, Completeness::MissingItems);
    assert_eq!(statuses(&run(&[&disk])), [Succeeded, Succeeded]);
}

#[test]
fn c_013_from_an_error_in_the_list_on_nothing_is_used() {
    let disk = Scripted::new("disk", &[]).on_enumerate(|_| {
        let items = [Ok(ItemInfo::new(A, "a")), Err(Outcome::FAIL), Ok(ItemInfo::new(B, "b"))];
        Ok(Enumeration { items: Box::new(items.into_iter()), completeness: Completeness::Complete })
    });
    let report = run(&[&disk]);
    assert_eq!(report.items.iter().map(|item| item.item).collect::<Vec<_>>(), [A]);
    assert_eq!(texts(&report), ["`disk` cannot list its items: failed"]);
}

#[test]
fn c_014_an_endless_list_is_cut_off_and_forgets_nothing() {
    let disk = Scripted::new("disk", &[]).on_enumerate(|_| {
        let items = (1u128..).map(|number| Ok(ItemInfo::new(ItemId::from_u128(number), "x")));
        Ok(Enumeration { items: Box::new(items), completeness: Completeness::Complete })
    });
    let mut request = request(&[&disk]);
    request.choose = Arc::new(|_, item| item.id == ItemId::from_u128(MAX_ITEMS as u128));
    request.handlers[0].remembered = vec![ItemId::from_u128(1 << 100)];
    let report = engine().start(request).wait();
    assert_eq!(statuses(&report), [Succeeded]);
    assert_eq!(report.forget, []);
    let listing = engine().list(&[entry(0, "disk", Arc::new(disk))], Event::Manual).remove(0);
    assert_eq!((listing.items.len(), listing.complete), (MAX_ITEMS, false));
}

#[test]
fn c_015_the_last_update_counts_only_with_its_flag() {
    let at = Timestamp::from_millis(77);
    let item = |id, flags| ItemInfo { flags, last_update: at, ..ItemInfo::new(id, "x") };
    let items = vec![item(A, ItemFlags::LAST_UPDATE_TIME), item(B, ItemFlags::empty())];
    let disk = Scripted::new("disk", &[]).listing(items, Completeness::Complete);
    let listing = engine().list(&[entry(0, "disk", Arc::new(disk))], Event::Manual).remove(0);
    let times: Vec<Timestamp> = listing.items.iter().map(|item| item.last_update).collect();
    assert_eq!(times, [at, Timestamp::default()]);
}

#[test]
fn c_016_of_one_id_the_first_item_counts_and_of_the_nil_id_none() {
    let items = [(A, "first"), (ItemId::NIL, "nil"), (A, "second"), (B, "b")];
    let items = items.map(|(id, name)| ItemInfo::new(id, name)).to_vec();
    let report = run(&[&Scripted::new("disk", &[]).listing(items, Completeness::Complete)]);
    let names: Vec<&str> = report.items.iter().map(|item| item.name.as_str()).collect();
    assert_eq!(names, ["first", "b"]);
}

/// What is forgotten after a session of a handler about whose items A, B and C something is stored.
fn forgotten(disk: &Scripted) -> Vec<Forgotten> {
    let mut request = request(&[disk]);
    request.handlers[0].remembered = vec![A, B, C];
    engine().start(request).wait().forget
}

#[test]
fn c_017_a_whole_list_forgets_what_it_does_not_name() {
    let gone = |item| Forgotten { handler: handler_id(0), item, why: Gone::NotListed };
    assert_eq!(forgotten(&Scripted::new("disk", &[B])), [gone(A), gone(C)]);
    assert_eq!(forgotten(&Scripted::new("disk", &[])), [gone(A), gone(B), gone(C)]);
}

#[test]
fn c_018_a_list_that_may_lack_items_forgets_none() {
    let items = vec![ItemInfo::new(B, "b")];
    assert_eq!(forgotten(&Scripted::new("disk", &[]).listing(items, Completeness::MissingItems)), []);
}

#[test]
fn c_019_a_list_that_failed_forgets_none_and_neither_does_a_handler_that_was_not_loaded() {
    assert_eq!(forgotten(&Scripted::new("disk", &[]).on_enumerate(|_| Err(Outcome::FAIL))), []);
    let broken = Scripted::new("disk", &[]).on_enumerate(|_| {
        let items = [Ok(ItemInfo::new(B, "b")), Err(Outcome::FAIL)];
        Ok(Enumeration { items: Box::new(items.into_iter()), completeness: Completeness::Complete })
    });
    assert_eq!(forgotten(&broken), []);
    assert_eq!(forgotten(&Scripted::new("disk", &[B]).on_initialize(|| Outcome::FAIL)), []);
}

#[test]
fn c_020_an_items_first_check_mark_is_its_handlers_and_later_ones_are_the_users() {
    let unchecked = ItemInfo { state: CheckState::Unchecked, ..ItemInfo::new(B, "b") };
    let disk = Scripted::new("disk", &[])
        .listing(vec![ItemInfo::new(A, "a"), unchecked], Completeness::Complete)
        .on_synchronize(|play| play.synchronized(Outcome::OK));
    let choose_by = |ticks: HashMap<(HandlerId, ItemId), bool>| {
        let mut request = by_hand(&[&disk]);
        request.choose = Arc::new(move |handler, item: &ItemInfo| {
            let stored = ticks.get(&(handler, item.id)).copied();
            let check = initial_check(Basis::Chosen, RegisterFlags::empty(), stored, item.state);
            check == CheckState::Checked
        });
        engine().start(request)
    };
    let session = choose_by(HashMap::new());
    assert_eq!(next_list(&session).1, [A]);
    session.mark(handler_id(0), A, CheckState::Unchecked).unwrap();
    session.mark(handler_id(0), B, CheckState::Checked).unwrap();
    let ticks = session.begin().unwrap();
    session.wait();
    let stored = ticks.iter().map(|tick| ((tick.handler, tick.item), tick.ticked)).collect();
    let session = choose_by(stored);
    assert_eq!(next_list(&session).1, [B]);
    session.close();
    session.wait();
}

#[test]
fn c_021_the_callback_comes_after_the_list_and_before_properties_and_preparation() {
    let disk = Scripted::new("disk", &[A]).flags(HandlerFlags::HAS_PROPERTIES);
    let session = engine().start(by_hand(&[&disk]));
    next_list(&session);
    session.show_properties(handler_id(0), None).unwrap();
    properties_gone(&session);
    session.begin().unwrap();
    session.wait();
    let calls = disk.record().calls();
    let order = [
        Recorded::EnumSyncMgrItems,
        Recorded::SetCallback,
        Recorded::ShowProperties(None),
        Recorded::Prepare(vec![A]),
    ];
    assert!(order.map(|call| position(&calls, &call)).is_sorted(), "{calls:?}");
}

#[test]
fn c_022_the_callback_is_taken_back_before_the_drop_and_only_if_it_was_taken() {
    let end = |disk: &Scripted| {
        run(&[disk]);
        let calls = disk.record().calls();
        calls[calls.len() - 2..].to_vec()
    };
    assert_eq!(end(&Scripted::new("disk", &[A])), [Recorded::ClearCallback, Recorded::Dropped]);
    let refusing = Scripted::new("disk", &[A]).on_set_callback(|| Outcome::FAIL);
    assert_eq!(end(&refusing), [Recorded::SetCallback, Recorded::Dropped]);
    let absent = Scripted::new("disk", &[A]).on_initialize(|| Outcome::FALSE);
    assert_eq!(end(&absent), [Recorded::Initialize(MANUAL, None), Recorded::Dropped]);
}

#[test]
fn c_023_item_objects_are_never_asked_for() {
    let disk = with_jump("disk", &[A, B]).item_flags(ItemFlags::all()).flags(HandlerFlags::all());
    let session =
        engine().start(SessionRequest { closing: syncmgr_engine::Closing::ByHand, ..by_hand(&[&disk]) });
    next_list(&session);
    session.show_properties(handler_id(0), Some(A)).unwrap();
    properties_gone(&session);
    session.begin().unwrap();
    session.activate(next_settled(&session).entries[0].number);
    disk.record().wait_for(&Recorded::ShowError(LOST));
    session.close();
    session.wait();
    assert_eq!(count(&disk.record().calls(), |call| matches!(call, Recorded::GetItemObject(_))), 0);
}

#[test]
fn c_024_a_handler_without_items_is_in_the_list_only_if_it_asks_to_be() {
    let always = HandlerFlags::ALWAYS_LIST_HANDLER;
    let none = HandlerFlags::empty();
    let handlers: Vec<HandlerEntry> = [(always, vec![]), (none, vec![]), (none, vec![A])]
        .into_iter()
        .enumerate()
        .map(|(number, (flags, items))| entry(number, "x", Arc::new(Scripted::new("x", &items).flags(flags))))
        .collect();
    let shown: Vec<bool> =
        engine().list(&handlers, Event::Manual).iter().map(|listing| listing.is_shown()).collect();
    assert_eq!(shown, [true, false, true]);
}
