//! A keeper with a clock that is set by hand, whose effects are told in short words.

use std::time::Duration;

use jiff::tz::TimeZone;
use syncmgr_keeper::*;
use syncmgr_model::id::ItemId;
use syncmgr_model::time::Timestamp;
use syncmgr_model::trigger::{Power, Trigger};

/// Europe/Berlin without a time zone database.
pub(crate) const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

pub(crate) const A: ItemId = ItemId::from_u128(1);
pub(crate) const B: ItemId = ItemId::from_u128(2);
pub(crate) const C: ItemId = ItemId::from_u128(3);

/// A rule with these triggers, by their text. Its name is the item's letter.
pub(crate) fn rule(item: ItemId, triggers: &[&str]) -> ItemRule {
    let triggers = triggers.iter().map(|text| text.parse().unwrap()).collect();
    ItemRule { triggers, ..ItemRule::new(item, letter(item)) }
}

pub(crate) fn letter(item: ItemId) -> String {
    let number = item.as_bytes()[15];
    char::from(b'a' + number - 1).to_string()
}

pub(crate) fn after(item: ItemId) -> String {
    format!("after {item}")
}

pub(crate) fn result(item: ItemId, outcome: RunOutcome) -> RunResult {
    RunResult { item, outcome, not_before: None }
}

pub(crate) fn failure(class: ErrorClass) -> RunOutcome {
    RunOutcome::Failed(Failure { class, progress: Progress::None, text: "no answer".to_owned() })
}

pub(crate) fn on_battery(percent: u8) -> World {
    World { power: Power::Battery, battery_percent: Some(percent), ..World::default() }
}

pub(crate) fn online() -> World {
    World { online: true, ..World::default() }
}

/// A moment on the clock on the wall: `2026-03-23 02:00`, or only a time of Monday, 2026-03-23.
pub(crate) fn local(text: &str, zone: &TimeZone) -> Timestamp {
    let text = if text.contains(' ') { text.to_owned() } else { format!("2026-03-23 {text}") };
    let civil: jiff::civil::DateTime = text.replace(' ', "T").parse().unwrap();
    Timestamp::from_millis(zone.to_timestamp(civil).unwrap().as_millisecond())
}

pub(crate) struct Rig {
    pub(crate) keeper: Keeper,
    pub(crate) zone: TimeZone,
    pub(crate) now: Timestamp,
    pub(crate) kept: Vec<KeptItem>,
    pub(crate) wake: Option<Timestamp>,
}

impl Rig {
    /// A keeper that has just started at midnight of Monday, 2026-03-23, in Berlin.
    pub(crate) fn new(rules: Vec<ItemRule>) -> Self {
        Self::with(rules, World::default())
    }

    pub(crate) fn with(rules: Vec<ItemRule>, world: World) -> Self {
        let mut rig = Self::asleep(rules, Vec::new());
        let _ = rig.step("00:00", Happening::Started { logon: Logon::Earlier, world });
        rig
    }

    /// One that has not started.
    pub(crate) fn asleep(rules: Vec<ItemRule>, kept: Vec<KeptItem>) -> Self {
        let zone = TimeZone::posix(BERLIN).unwrap();
        let options = KeeperOptions { zone: zone.clone(), hold_limit: Duration::from_secs(30) };
        let keeper = Keeper::new(options, rules, kept.clone());
        let now = local("00:00", &zone);
        Self { keeper, zone, now, kept, wake: None }
    }

    /// The daemon is gone without a word, and another one starts from what was kept.
    #[must_use]
    pub(crate) fn restart(&mut self, rules: Vec<ItemRule>, time: &str, logon: Logon) -> String {
        let now = self.now;
        *self = Self::asleep(rules, std::mem::take(&mut self.kept));
        self.now = now;
        self.step(time, Happening::Started { logon, world: World::default() })
    }

    /// Lets something happen at a time, and says what the keeper does.
    #[must_use]
    pub(crate) fn step(&mut self, time: &str, happening: Happening) -> String {
        self.now = local(time, &self.zone);
        let effects = self.keeper.step(self.now, happening);
        let mut words = Vec::new();
        for effect in effects {
            match &effect {
                Effect::Keep(kept) => {
                    self.kept.retain(|other| other.item != kept.item);
                    self.kept.push(kept.clone());
                }
                Effect::WakeAt(at) => self.wake = Some(*at),
                Effect::NoWake => self.wake = None,
                _ => {}
            }
            words.extend(self.words(&effect));
        }
        words.join("; ")
    }

    #[must_use]
    pub(crate) fn moment(&mut self, time: &str) -> String {
        self.step(time, Happening::Moment)
    }

    #[must_use]
    pub(crate) fn end(&mut self, time: &str, results: &[RunResult]) -> String {
        self.step(time, Happening::RunEnded { results: results.to_vec() })
    }

    #[must_use]
    pub(crate) fn succeed(&mut self, time: &str, items: &[ItemId]) -> String {
        let results: Vec<_> = items.iter().map(|item| result(*item, RunOutcome::Succeeded)).collect();
        self.end(time, &results)
    }

    pub(crate) fn why(&self) -> Why {
        let why = self.keeper.why(A, self.now);
        assert_eq!(self.keeper.next_run(A, self.now), why.next, "both ways to ask have one answer");
        why
    }

    fn words(&self, effect: &Effect) -> Option<String> {
        Some(match effect {
            Effect::Keep(_) => return None,
            Effect::Decided(decision) => decision_words(decision),
            Effect::Late { item, since } => format!("LATE {} since {}", letter(*item), self.time(*since)),
            Effect::Fresh { item } => format!("FRESH {}", letter(*item)),
            Effect::PauseOver => "GO ON".to_owned(),
            Effect::Stop { items, reason } => format!("STOP {} {}", letters(items), reason.as_str()),
            Effect::Hold(what) => format!("HOLD {what:?}"),
            Effect::Release(what) => format!("RELEASE {what:?}"),
            Effect::Start { items, trigger } => {
                format!("START {} {}", letters(items), trigger_words(trigger))
            }
            Effect::WakeAt(at) => format!("WAKE {}", self.time(*at)),
            Effect::NoWake => "NO WAKE".to_owned(),
        })
    }

    /// The time of the day, with the date where it is not Monday, 2026-03-23.
    fn time(&self, time: Timestamp) -> String {
        let moment = jiff::Timestamp::from_millisecond(time.as_millis()).unwrap();
        let text = self.zone.to_datetime(moment).to_string().replace('T', " ");
        let text = text.strip_prefix("2026-03-23 ").unwrap_or(&text);
        text.strip_suffix(":00").unwrap_or(text).to_owned()
    }
}

pub(crate) fn letters(items: &[ItemId]) -> String {
    items.iter().map(|item| letter(*item)).collect::<Vec<_>>().join("+")
}

pub(crate) fn trigger_words(trigger: &Trigger) -> String {
    match trigger {
        Trigger::Schedule(text) => text.clone(),
        other => format!("{other:?}").to_lowercase(),
    }
}

fn decision_words(decision: &Decision) -> String {
    let Decision { item, cause, verdict, detail, .. } = decision;
    let cause = cause.as_ref().map(|cause| format!(" {cause}")).unwrap_or_default();
    let detail = if detail.is_empty() { String::new() } else { format!(" ({detail})") };
    format!("{verdict} {}{cause}{detail}", letter(*item))
}
