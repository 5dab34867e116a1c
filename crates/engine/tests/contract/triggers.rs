//! Triggers and the finished state: C-114 to C-119.

use std::collections::BTreeMap;
use std::sync::Arc;

use syncmgr_engine::{SessionReport, SessionRequest};
use syncmgr_model::entry::LogLevel;
use syncmgr_model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_model::flags::{InvokeFlags, RegisterFlags};
use syncmgr_model::id::{HandlerId, ItemId, SessionId};
use syncmgr_model::invoke::Invocation;
use syncmgr_model::item::{CheckState, ItemInfo};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::status::ItemStatus::{self, Failed, Succeeded};
use syncmgr_model::tick::{TickKey, initial_check};
use syncmgr_model::trigger::{
    Admission, Asking, Console, OnBattery, Power, Settings, SettingsTab, Ticked, Trigger, TriggerSettings,
};
use syncmgr_model::window::{AtTheEnd, Attendance, Pin, Showing, at_the_end};
use syncmgr_testkit::{Recorded, Scripted};

use crate::setup::*;

#[test]
fn c_114_each_trigger_tells_its_event_and_whether_anybody_may_be_bothered() {
    use Event::*;
    let (bother, alone) = (Modifiers::MAY_BOTHER_USER, Modifiers::empty());
    let invoked = |flags| Trigger::Invoke(Invocation { handler: None, flags, cookie: None });
    for (trigger, event, modifiers) in [
        (Trigger::Manual, Manual, bother),
        (Trigger::Logon, Connect, bother),
        (Trigger::Logoff, PendingDisconnect, bother),
        (Trigger::Connect, Connect, alone),
        (Trigger::PendingDisconnect(Console::LoggedOn), PendingDisconnect, bother),
        (Trigger::PendingDisconnect(Console::Nobody), PendingDisconnect, alone),
        (Trigger::Idle, Idle, alone),
        (Trigger::Schedule("night".to_owned()), Schedule, alone),
        (invoked(InvokeFlags::START_SYNC), Invoke, bother),
        (invoked(InvokeFlags::START_SYNC | InvokeFlags::MINIMIZED), Invoke, alone),
        (Trigger::Invoke(Invocation::update_all()), Invoke, bother),
    ] {
        let disk = Scripted::new("disk", &[A]);
        let entries = vec![entry(0, "disk", Arc::new(disk.clone()))];
        let request = SessionRequest::of_trigger(SessionId::NIL, &trigger, entries);
        let at_once = SessionRequest { choosing: syncmgr_engine::Choosing::AtOnce, ..request };
        engine().start(at_once).wait();
        let expected = Recorded::Initialize(InitializeFlags::new(event, modifiers), None);
        assert_eq!(disk.record().calls()[0], expected, "{trigger:?}");
    }
}

#[test]
fn c_115_for_settings_a_handler_tells_what_it_lists_and_nothing_else() {
    for (tab, event) in [
        (SettingsTab::LogonLogoff, Event::Connect),
        (SettingsTab::Idle, Event::Idle),
        (SettingsTab::Schedule, Event::Schedule),
    ] {
        let flags = Trigger::Settings(tab).initialize_flags();
        let disk = Scripted::new("disk", &[A, B]);
        let listings = engine().list(&[entry(0, "disk", Arc::new(disk.clone()))], flags.event);
        assert_eq!(listings[0].items.len(), 2);
        assert_eq!(flags, InitializeFlags::new(event, Modifiers::SETTINGS));
        let calls = [
            Recorded::Initialize(flags, None),
            Recorded::GetHandlerInfo,
            Recorded::EnumSyncMgrItems,
            Recorded::Dropped,
        ];
        assert_eq!(disk.record().calls(), calls);
    }
    let absent = Scripted::new("disk", &[A]).on_initialize(|| Outcome::FALSE).because("never idle");
    let listings = engine().list(&[entry(0, "disk", Arc::new(absent))], Event::Idle);
    assert_eq!(listings[0].declined.as_deref(), Some("never idle"));
    assert!(!listings[0].is_shown());
}

/// Ticks by key, as a store keeps them.
type Ticks = BTreeMap<(TickKey, HandlerId, ItemId), bool>;

/// The items a session of `trigger` prepares on a connection, by what is stored and what the handler registered for.
fn prepared(trigger: &Trigger, connection: &str, ticks: &Ticks, registered: RegisterFlags) -> Vec<ItemId> {
    let key = trigger.tick_key(Some(connection));
    let is_saved = ticks.keys().any(|(of, ..)| Some(of) == key.as_ref());
    let settings = if is_saved { Settings::Saved } else { Settings::Unset };
    let basis = trigger.basis(settings);
    let stored = ticks.clone();
    let disk = Scripted::new("disk", &[A, B]);
    let mut request = request(&[&disk]);
    request.flags = trigger.initialize_flags();
    request.choose = Arc::new(move |handler, item: &ItemInfo| {
        let stored = key.as_ref().and_then(|key| stored.get(&(key.clone(), handler, item.id)).copied());
        initial_check(basis, registered, stored, item.state) == CheckState::Checked
    });
    engine().start(request).wait().items.iter().map(|item| item.item).collect()
}

#[test]
fn c_116_check_marks_belong_to_a_purpose_and_a_connection() {
    let none = RegisterFlags::empty();
    let mut ticks = Ticks::new();
    let mut set = |trigger: &Trigger, connection: &str, item, ticked| {
        let key = trigger.tick_key(Some(connection)).expect("it has ticks");
        ticks.insert((key, handler_id(0), item), ticked);
        ticks.clone()
    };
    set(&Trigger::Logon, "office", A, false);
    set(&Trigger::Logon, "office", B, true);
    let ticks = set(&Trigger::Logon, "home", B, false);
    let night = Trigger::Schedule("night".to_owned());
    assert_eq!(prepared(&Trigger::Logon, "office", &ticks, none), [B]);
    assert_eq!(prepared(&Trigger::Connect, "office", &ticks, none), [B], "the same list");
    assert_eq!(prepared(&Trigger::Logon, "home", &ticks, none), [A]);
    assert_eq!(prepared(&Trigger::Manual, "office", &ticks, none), [A, B]);
    assert_eq!(prepared(&night, "office", &ticks, none), [A, B]);
    // Where nothing is saved, the handler's registration decides.
    assert_eq!(prepared(&Trigger::Logon, "elsewhere", &ticks, none), []);
    assert_eq!(prepared(&Trigger::Logon, "elsewhere", &ticks, RegisterFlags::CONNECT), [A, B]);
    assert_eq!(prepared(&Trigger::Logoff, "office", &ticks, RegisterFlags::CONNECT), []);
    assert!(!Trigger::Logoff.loads(Settings::Unset, RegisterFlags::CONNECT, Ticked::None));
}

/// Starts a session for a trigger the way every composition does: admission first, then the handlers.
fn attempt(
    disk: &Scripted,
    trigger: &Trigger,
    settings: &TriggerSettings,
    power: Power,
    says_yes: impl FnOnce() -> bool,
) {
    let begins = match trigger.admission(settings, power) {
        Admission::Begin => true,
        Admission::AskFirst => {
            assert_eq!(disk.record().calls(), [], "asked before anything is loaded");
            says_yes()
        }
        Admission::Refused(_) => false,
    };
    if begins {
        engine().start(SessionRequest { flags: trigger.initialize_flags(), ..request(&[disk]) }).wait();
    }
}

#[test]
fn c_117_asked_first_and_answered_no_nothing_is_loaded() {
    let ask = TriggerSettings { asking: Asking::AskMe, ..TriggerSettings::default() };
    for (says_yes, n_loaded) in [(false, 0), (true, 1)] {
        let disk = Scripted::new("disk", &[A]);
        attempt(&disk, &Trigger::Logon, &ask, Power::Mains, || says_yes);
        assert_eq!(disk.record().count(&Recorded::GetHandlerInfo), n_loaded);
    }
    let disk = Scripted::new("disk", &[A]);
    attempt(&disk, &Trigger::Manual, &ask, Power::Mains, || panic!("the user asked himself"));
    assert_eq!(disk.record().count(&Recorded::Synchronize), 1);
}

#[test]
fn c_118_idle_on_battery_with_the_box_set_there_is_no_session() {
    let box_set = TriggerSettings::default();
    let box_clear = TriggerSettings { on_battery: OnBattery::Synchronize, ..box_set };
    for (settings, power, n_run) in
        [(box_set, Power::Battery, 0), (box_set, Power::Mains, 1), (box_clear, Power::Battery, 1)]
    {
        let disk = Scripted::new("disk", &[A]);
        attempt(&disk, &Trigger::Idle, &settings, power, || panic!("nobody is there to be asked"));
        assert_eq!(disk.record().count(&Recorded::Synchronize), n_run, "{settings:?} {power:?}");
    }
}

/// A session whose handler logs at `level` and ends its row like this.
fn ended(level: Option<LogLevel>, status: ItemStatus) -> SessionReport {
    run(&[&Scripted::new("disk", &[A]).on_synchronize(move |play| {
        if let Some(level) = level {
            play.log(level, "said", A);
        }
        play.end_all(status);
        play.synchronized(Outcome::OK)
    })])
}

#[test]
fn c_119_a_clean_end_closes_the_window_and_trouble_or_a_pin_keeps_it() {
    use AtTheEnd::*;
    use Attendance::*;
    let window = |report: &SessionReport, pin, showing, attendance| {
        let levels = report.entries.iter().map(|entry| entry.level);
        at_the_end(levels, report.items.iter().map(|item| item.status), pin, showing, attendance)
    };
    for (level, status, expected) in [
        (None, Succeeded, CloseItself),
        (Some(LogLevel::Information), Succeeded, CloseItself),
        (Some(LogLevel::Warning), Succeeded, StayOpen),
        (Some(LogLevel::Error), Succeeded, StayOpen),
        (None, Failed, StayOpen),
    ] {
        let report = ended(level, status);
        assert_eq!(window(&report, Pin::Loose, Showing::Open, MayBother), expected, "{level:?} {status}");
        assert_eq!(window(&report, Pin::Pinned, Showing::Open, MayBother), StayOpen);
        let is_clean = expected == CloseItself;
        let back = if is_clean { CloseItself } else { Restore };
        assert_eq!(window(&report, Pin::Loose, Showing::Minimized, MayBother), back);
        assert_eq!(window(&report, Pin::Loose, Showing::Minimized, Unattended), expected);
    }
}
