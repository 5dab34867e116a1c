//! Anything that can happen, in any order: rules that must hold whatever comes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::tz::TimeZone;
use proptest::prelude::*;
use syncmgr_keeper::*;
use syncmgr_model::id::ItemId;
use syncmgr_model::time::Timestamp;
use syncmgr_model::trigger::{Power, Trigger};

use crate::rig::{A, B, C, after, rule};

const HOUR: i64 = 3_600_000;

/// One thing that is made to happen.
#[derive(Debug, Clone)]
enum Event {
    /// Time goes by; wakes come as they were asked for.
    Pass(i64),
    /// The clock is set back.
    SetBack(i64),
    World(World, Option<i64>),
    /// The session ends, each item in its way.
    End(Vec<RunOutcome>, Option<i64>),
    /// Somebody else begins one.
    Begin(ItemId),
    Rules(u8),
    Pause(Option<i64>),
    /// The daemon is gone and comes back.
    Restart,
    Plain(Happening),
}

fn any_item() -> impl Strategy<Value = ItemId> {
    prop_oneof![Just(A), Just(B), Just(C), Just(ItemId::from_u128(9))]
}

fn any_world() -> impl Strategy<Value = (World, Option<i64>)> {
    let power = prop_oneof![Just(Power::Mains), Just(Power::Battery)];
    let connections = proptest::sample::subsequence(vec!["office".to_owned(), "vpn".to_owned()], 0..=2);
    let idle = proptest::option::of(0..HOUR);
    (power, 0..=100_u8, any::<bool>(), any::<bool>(), connections, idle, 0..200_u32).prop_map(
        |(power, battery, online, metered, connections, idle, load)| {
            let world = World {
                power,
                battery_percent: Some(battery),
                online,
                metered,
                connections: connections.into_iter().collect(),
                load_percent: Some(load),
                ..World::default()
            };
            (world, idle)
        },
    )
}

fn any_outcome() -> impl Strategy<Value = RunOutcome> {
    let class = proptest::sample::select(ErrorClass::ALL.to_vec());
    let progress = prop_oneof![Just(Progress::Made), Just(Progress::None)];
    let failure = (class, progress).prop_map(|(class, progress)| {
        RunOutcome::Failed(Failure { class, progress, text: "no answer".to_owned() })
    });
    prop_oneof![4 => Just(RunOutcome::Succeeded), 3 => failure, 1 => Just(RunOutcome::Stopped), 1 => Just(RunOutcome::Skipped)]
}

fn any_plain() -> impl Strategy<Value = Happening> {
    prop_oneof![
        1 => Just(Happening::Moment),
        4 => any_item().prop_map(|item| Happening::Changed { item }),
        2 => any_item().prop_map(|item| Happening::Asked { items: vec![item] }),
        1 => Just(Happening::VolumeAppeared { path: "/media/stick".to_owned() }),
        1 => Just(Happening::Disconnecting),
        1 => Just(Happening::Suspending),
        2 => Just(Happening::Resumed),
        1 => Just(Happening::LoggingOff),
        2 => Just(Happening::LogoffCanceled),
        2 => Just(Happening::Continued),
        1 => Just(Happening::ZoneChanged(TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").unwrap())),
    ]
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => prop_oneof![0..120_000_i64, 0..HOUR, 0..40 * HOUR].prop_map(Event::Pass),
        1 => (0..30 * HOUR).prop_map(Event::SetBack),
        4 => any_world().prop_map(|(world, idle)| Event::World(world, idle)),
        6 => (proptest::collection::vec(any_outcome(), 3), proptest::option::weighted(0.2, 0..20 * HOUR))
            .prop_map(|(outcomes, not_before)| Event::End(outcomes, not_before)),
        1 => any_item().prop_map(Event::Begin),
        1 => (0..8_u8).prop_map(Event::Rules),
        1 => proptest::option::of(0..10 * HOUR).prop_map(Event::Pause),
        1 => Just(Event::Restart),
        10 => any_plain().prop_map(Event::Plain),
    ]
}

/// Three items with everything between them; a bit of `set` says whether one has a rule at all.
fn rules(set: u8) -> Vec<ItemRule> {
    let conditions = Conditions {
        power: PowerNeed::Mains,
        minimum_battery: Some(30),
        maximum_load: Some(100),
        ..Conditions::default()
    };
    let night = Conditions {
        metered: MeteredNeed::Unmetered,
        connections: ["office".to_owned(), ONLINE.to_owned()].into(),
        window: "22:00-06:00".parse().ok(),
        ..Conditions::default()
    };
    let a = ItemRule {
        conditions,
        freshness: Some(Duration::from_secs(86_400)),
        ..rule(A, &["every 15m", "daily 02:30", "logon", "connect"])
    };
    let b = ItemRule {
        conditions: night,
        ..rule(B, &["idle 15m every 1h", "change", "logoff", "disconnect", "volume /media/stick"])
    };
    let c = ItemRule {
        catch_up: CatchUp::Forget,
        ..rule(C, &["*/20 * * * *", "change", "disconnect", &after(A), &after(B)])
    };
    [a, b, c].into_iter().enumerate().filter(|(idx, _)| set >> idx & 1 == 1).map(|(_, rule)| rule).collect()
}

/// Plays the daemon, and looks at every effect.
struct Daemon {
    keeper: Keeper,
    rules: Vec<ItemRule>,
    now: Timestamp,
    latest: Timestamp,
    kept: BTreeMap<ItemId, KeptItem>,
    world: World,
    wake: Option<Timestamp>,
    running: Option<Vec<ItemId>>,
    /// Who was asked for and has not begun.
    asked: BTreeSet<ItemId>,
    /// Calendar moments that have been run for.
    ran: BTreeSet<(ItemId, Cause, Timestamp)>,
    /// How often the machine waits.
    leaving: i32,
    is_clock_steady: bool,
}

impl Daemon {
    fn new() -> Self {
        // The evening before the clock is put forward in Berlin.
        let now = Timestamp::from_millis(1_774_720_800_000);
        let mut daemon = Self {
            keeper: keeper(rules(7), Vec::new()),
            rules: rules(7),
            now,
            latest: now,
            kept: BTreeMap::new(),
            world: World::default(),
            wake: None,
            running: None,
            asked: BTreeSet::new(),
            ran: BTreeSet::new(),
            leaving: 0,
            is_clock_steady: true,
        };
        daemon.tell(Happening::Started { logon: Logon::Now, world: World::default() });
        daemon
    }

    fn play(&mut self, event: Event) {
        match event {
            Event::Pass(millis) => self.pass(millis),
            Event::SetBack(millis) => {
                // By more than a day in all is another matter: then moments do come again.
                let earliest = self.latest.plus_millis(-23 * HOUR);
                self.now = self.now.plus_millis(-millis).max(earliest);
                self.is_clock_steady = false;
                self.tell(Happening::Moment);
            }
            Event::World(world, idle) => {
                let idle_since = idle.map(|millis| self.now.plus_millis(-millis));
                self.world = World { idle_since, ..world };
                self.tell(Happening::World(self.world.clone()));
            }
            Event::End(outcomes, not_before) => self.end(&outcomes, not_before),
            Event::Begin(item) => {
                if self.running.is_none() {
                    self.asked.remove(&item);
                    self.running = Some(vec![item]);
                    self.tell(Happening::RunBegan { items: vec![item], trigger: Trigger::Manual });
                }
            }
            Event::Rules(set) => {
                self.rules = rules(set);
                self.tell(Happening::RulesChanged(self.rules.clone()));
            }
            Event::Pause(millis) => {
                let until = millis.map(|millis| self.now.plus_millis(millis));
                self.tell(Happening::Paused { until });
            }
            Event::Restart => {
                self.keeper = keeper(self.rules.clone(), self.kept.values().cloned().collect());
                (self.running, self.leaving) = (None, 0);
                self.tell(Happening::Started { logon: Logon::Earlier, world: self.world.clone() });
            }
            Event::Plain(happening) => {
                match &happening {
                    Happening::Suspending | Happening::LoggingOff => self.leaving += 1,
                    Happening::Asked { items } => {
                        let has_rule = |id: &&ItemId| self.rules.iter().any(|rule| rule.item == **id);
                        self.asked.extend(items.iter().filter(has_rule));
                    }
                    _ => {}
                }
                self.tell(happening);
            }
        }
    }

    fn pass(&mut self, millis: i64) {
        let then = self.now.plus_millis(millis);
        // Each wake is a step of at least a second, so that this ends.
        while let Some(wake) = self.wake.filter(|wake| *wake <= then) {
            self.now = wake;
            self.tell(Happening::Moment);
        }
        self.now = then;
        self.latest = self.latest.max(self.now);
    }

    fn end(&mut self, outcomes: &[RunOutcome], not_before: Option<i64>) {
        let Some(items) = self.running.take() else {
            return;
        };
        let not_before = not_before.map(|millis| self.now.plus_millis(millis));
        let results = items
            .into_iter()
            .zip(outcomes.iter().cloned().cycle())
            .map(|(item, outcome)| RunResult { item, outcome, not_before })
            .collect();
        self.tell(Happening::RunEnded { results });
    }

    fn tell(&mut self, happening: Happening) {
        self.latest = self.latest.max(self.now);
        let is_awaited = happening == Happening::Moment && self.wake == Some(self.now);
        if happening == Happening::Moment {
            self.wake = None;
        }
        let effects = self.keeper.step(self.now, happening);
        if is_awaited && self.is_clock_steady && !self.is_load_awaited() {
            let is_of_use = |effect: &Effect| !matches!(effect, Effect::WakeAt(_) | Effect::NoWake);
            assert!(effects.iter().any(is_of_use), "a wake for nothing: {effects:?}");
        }
        for effect in effects {
            self.look_at(effect);
        }
        self.look_at_rest();
        for id in [A, B, C] {
            let why = self.keeper.why(id, self.now);
            assert!(!why.sentences.is_empty());
            assert_eq!(self.keeper.next_run(id, self.now), why.next);
        }
    }

    fn is_load_awaited(&self) -> bool {
        self.world.load_percent.is_some_and(|load| load > 100)
    }

    fn look_at(&mut self, effect: Effect) {
        match effect {
            Effect::Keep(kept) => drop(self.kept.insert(kept.item, kept)),
            Effect::Start { items, .. } => {
                assert!(self.running.is_none(), "two sessions at once");
                assert!(!items.is_empty());
                for item in &items {
                    self.asked.remove(item);
                    let running_since = self.kept.get(item).and_then(|kept| kept.running_since);
                    assert_eq!(running_since, Some(self.now), "kept before it starts");
                }
                self.running = Some(items);
            }
            Effect::Stop { items, .. } => assert_eq!(self.running.as_ref(), Some(&items)),
            Effect::Decided(Decision { item, cause: Some(cause), due, verdict: Verdict::Ran, .. }) => {
                let is_calendar = matches!(&cause, Cause::Schedule(text) if !text.starts_with("every"));
                assert!(!is_calendar || self.ran.insert((item, cause, due)), "a moment that ran twice");
            }
            Effect::Release(_) => self.leaving -= 1,
            Effect::WakeAt(at) => {
                assert!(at > self.now, "a wake in the past");
                self.wake = Some(at);
            }
            Effect::NoWake => self.wake = None,
            Effect::Decided(_)
            | Effect::Late { .. }
            | Effect::Fresh { .. }
            | Effect::PauseOver
            | Effect::Hold(_) => {}
        }
        assert!(self.leaving >= 0, "released without having asked");
    }

    /// Where nothing is owed, nothing pending and nothing scheduled, there is no wake but for the end of a pause.
    fn look_at_rest(&self) {
        let only_b = self.rules.iter().all(|rule| rule.item == B);
        let is_quiet = self.kept.get(&B).is_none_or(|kept| kept.owed.is_empty() && kept.retry_at.is_none());
        if only_b && is_quiet && self.world.idle_since.is_none() && self.leaving == 0 {
            let end = match self.keeper.pause() {
                Pause::Until(end) => end,
                Pause::Off => None,
            };
            assert!(self.wake.is_none() || self.wake == end, "a wake for nothing: {:?}", self.wake);
        }
    }

    /// Everything is as it should be from now on: whatever is due must get its turn.
    fn settle(&mut self) {
        let connections = ["office".to_owned()].into();
        let world = World { online: true, connections, load_percent: Some(0), ..World::default() };
        for event in [
            Event::Rules(7),
            Event::Plain(Happening::LogoffCanceled),
            Event::Plain(Happening::Resumed),
            Event::Plain(Happening::Continued),
            Event::World(world, None),
        ] {
            self.play(event);
        }
        for _ in 0..1000 {
            if self.running.is_some() {
                self.end(&[RunOutcome::Succeeded], None);
            } else if self.kept.values().all(|kept| kept.owed.is_empty()) {
                break;
            } else {
                let wake = self.wake.expect("something is owed, nothing runs, and no wake is asked for");
                self.now = wake;
                self.tell(Happening::Moment);
            }
        }
        for kept in self.kept.values() {
            assert_eq!(kept.owed, [], "still owed");
        }
        assert!(self.asked.is_empty(), "asked for and never begun");
        assert_eq!(self.leaving, 0, "the machine waits for ever");
    }
}

fn keeper(rules: Vec<ItemRule>, kept: Vec<KeptItem>) -> Keeper {
    let zone = TimeZone::posix(crate::rig::BERLIN).unwrap();
    Keeper::new(KeeperOptions { zone, hold_limit: Duration::from_secs(30) }, rules, kept)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_session_no_lost_moment_no_moment_twice_no_idle_wake(
        events in proptest::collection::vec(any_event(), 1..80)
    ) {
        let mut daemon = Daemon::new();
        for event in events {
            daemon.play(event);
        }
        daemon.settle();
    }

    #[test]
    fn no_time_however_far_makes_it_panic(
        steps in proptest::collection::vec((any::<i64>(), any_plain()), 1..30)
    ) {
        let mut keeper = keeper(rules(7), Vec::new());
        let started = Happening::Started { logon: Logon::Now, world: World::default() };
        let _ = keeper.step(Timestamp::from_millis(0), started);
        for (millis, happening) in steps {
            let now = Timestamp::from_millis(millis);
            for effect in keeper.step(now, happening) {
                prop_assert!(!matches!(effect, Effect::WakeAt(at) if at <= now));
            }
            let _ = keeper.why(A, now);
        }
    }
}
