//! A week in the life of a laptop in Berlin, on a clock that is set by hand. What the keeper does is compared with
//! `tests/week.golden`, which a person has read and found right.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use syncmgr_keeper::*;
use syncmgr_model::id::ItemId;
use syncmgr_model::time::Timestamp;
use syncmgr_model::trigger::Power;

use crate::rig::{BERLIN, trigger_words};

/// What happens. The clock is put forward on the last night of it.
const SCRIPT: &str = "
Mon 08:00 mains 90, online, boot logon
Mon 08:30 change docs
Mon 08:30:10 change docs
Mon 10:00 idle
Mon 11:00 busy
Mon 12:00 battery 80, offline
Mon 12:05 sleep
Mon 13:00 wake
Mon 13:30 online
Mon 15:00 mains 60
Mon 17:30 change docs
Mon 18:00 logoff
Tue 08:10 next mail transient, next mail transient, boot logon
Tue 08:30 change docs
Tue 13:00 next docs safety, change docs
Tue 14:30 change docs
Tue 22:00 idle
Wed 00:00 load 180
Wed 02:00 load 10
Wed 02:45 crash
Wed 08:00 busy, boot logon
Wed 12:00 battery 70, offline
Wed 13:55 next mail progress, metered, online
Wed 16:00 unmetered
Wed 20:00 idle
Wed 23:00 sleep
Thu 08:00 wake, busy
Thu 09:30 volume /media/stick
Thu 10:00 next photos configuration, mains 30
Thu 12:00 pause
Thu 12:10 change docs
Thu 12:20 ask docs
Thu 12:30 change docs
Thu 15:00 continue
Thu 18:00 next docs slow, logoff
Fri 09:20 boot logon
Fri 09:30 offline, next mail transient
Fri 10:00 ask mail
Fri 10:05 online
Fri 12:00 idle
Fri 12:20 busy
Fri 12:21 ask photos
Fri 18:00 logoff
Sun 01:00 idle, boot
Sun 12:00 busy
Sun 20:00 logoff
Sun 20:01 busy
";

const MONDAY: Date = jiff::civil::date(2026, 3, 23);

const NAMES: [&str; 6] = ["photos", "mail", "docs", "backup", "stick", "report"];

/// How long a run takes, in seconds, in the order of the names.
const SECONDS: [i64; 6] = [40 * 60, 2 * 60, 20, 50 * 60, 5 * 60, 3 * 60];

fn item(name: &str) -> ItemId {
    ItemId::from_u128(NAMES.iter().position(|other| *other == name).unwrap() as u128 + 1)
}

fn name(item: ItemId) -> &'static str {
    NAMES[usize::from(item.as_bytes()[15]) - 1]
}

fn rules() -> Vec<ItemRule> {
    let rule = |name: &str, triggers: &[&str]| ItemRule {
        triggers: triggers.iter().map(|text| text.parse().unwrap()).collect(),
        ..ItemRule::new(item(name), name)
    };
    let after_photos = format!("after {}", item("photos"));
    let mains = Conditions { power: PowerNeed::Mains, ..Conditions::default() };
    let cheap = Conditions {
        metered: MeteredNeed::Unmetered,
        connections: [ONLINE.to_owned()].into(),
        ..Conditions::default()
    };
    let quiet = Conditions { maximum_load: Some(100), ..Conditions::default() };
    vec![
        ItemRule {
            conditions: mains,
            freshness: Some(Duration::from_secs(2 * 86_400)),
            ..rule("photos", &["daily 02:30"])
        },
        ItemRule { conditions: cheap, ..rule("mail", &["every 6h"]) },
        rule("docs", &["change", "logon", "logoff"]),
        ItemRule { conditions: quiet, ..rule("backup", &["idle 15m every 3h", &after_photos]) },
        ItemRule {
            freshness: Some(Duration::from_secs(3 * 86_400)),
            ..rule("stick", &["volume /media/stick"])
        },
        ItemRule { catch_up: CatchUp::Forget, ..rule("report", &["0 9 * * MON-FRI"]) },
    ]
}

/// The machine: it sleeps, loses its keeper, and runs what it is told to.
struct Machine {
    zone: TimeZone,
    keeper: Option<Keeper>,
    kept: BTreeMap<ItemId, KeptItem>,
    world: World,
    wake: Option<Timestamp>,
    asleep_since: Option<Timestamp>,
    /// The session that runs: its items, when it ends, whether it was stopped.
    running: Option<(Vec<ItemId>, Timestamp, bool)>,
    /// What comes of the next runs, where it is not success.
    next: BTreeMap<&'static str, VecDeque<String>>,
    ledger: String,
}

impl Machine {
    fn new() -> Self {
        Self {
            zone: TimeZone::posix(BERLIN).unwrap(),
            keeper: None,
            kept: BTreeMap::new(),
            world: World::default(),
            wake: None,
            asleep_since: None,
            running: None,
            next: BTreeMap::new(),
            ledger: String::new(),
        }
    }

    fn play(&mut self, script: &str) {
        for line in script.lines().filter(|line| !line.is_empty()) {
            let mut words = line.splitn(3, ' ');
            let time = self.moment(words.next().unwrap(), words.next().unwrap());
            self.go_on_until(time);
            writeln!(self.ledger, "\n{line}").unwrap();
            for action in words.next().unwrap().split(", ") {
                self.act(time, action);
            }
        }
    }

    fn moment(&self, day: &str, time: &str) -> Timestamp {
        let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        let days = days.iter().position(|other| *other == day).unwrap() as i64;
        let civil: DateTime = format!("{}T{time}", MONDAY + jiff::Span::new().days(days)).parse().unwrap();
        Timestamp::from_millis(self.zone.to_timestamp(civil).unwrap().as_millisecond())
    }

    /// Lets wakes come and sessions end, as long as the machine is awake.
    fn go_on_until(&mut self, time: Timestamp) {
        while self.keeper.is_some() && self.asleep_since.is_none() {
            let end = self.running.as_ref().map(|(_, end, _)| *end).filter(|end| *end <= time);
            let wake = self.wake.filter(|wake| *wake <= time);
            match (end, wake) {
                (Some(end), None) => self.end(end),
                (Some(end), Some(wake)) if end <= wake => self.end(end),
                (_, Some(wake)) => self.tell(wake, Happening::Moment),
                (None, None) => return,
            }
        }
    }

    fn act(&mut self, now: Timestamp, action: &str) {
        let (verb, rest) = action.split_once(' ').unwrap_or((action, ""));
        match (verb, rest) {
            ("boot", rest) => {
                let options = KeeperOptions { zone: self.zone.clone(), hold_limit: Duration::from_secs(25) };
                self.keeper = Some(Keeper::new(options, rules(), self.kept.values().cloned().collect()));
                let logon = if rest == "logon" { Logon::Now } else { Logon::Earlier };
                self.tell(now, Happening::Started { logon, world: self.world.clone() });
            }
            ("crash", _) => self.turn_off(),
            ("sleep", _) => self.tell(now, Happening::Suspending),
            ("wake", _) => {
                let slept = self.asleep_since.take().map_or(0, |since| now.as_millis() - since.as_millis());
                if let Some((_, end, _)) = &mut self.running {
                    *end = end.plus_millis(slept);
                }
                self.tell(now, Happening::Resumed);
            }
            ("logoff", _) => self.tell(now, Happening::LoggingOff),
            ("change", name) => self.tell(now, Happening::Changed { item: item(name) }),
            ("ask", name) => self.tell(now, Happening::Asked { items: vec![item(name)] }),
            ("volume", path) => self.tell(now, Happening::VolumeAppeared { path: path.to_owned() }),
            ("pause", _) => self.tell(now, Happening::Paused { until: None }),
            ("continue", _) => self.tell(now, Happening::Continued),
            ("next", rest) => {
                let (who, what) = rest.split_once(' ').unwrap();
                self.next.entry(name(item(who))).or_default().push_back(what.to_owned());
            }
            (verb, rest) => self.change_world(now, verb, rest),
        }
    }

    fn change_world(&mut self, now: Timestamp, verb: &str, rest: &str) {
        let world = &mut self.world;
        match verb {
            "mains" | "battery" => {
                world.power = if verb == "mains" { Power::Mains } else { Power::Battery };
                world.battery_percent = Some(rest.parse().unwrap());
            }
            "online" | "offline" => world.online = verb == "online",
            "metered" | "unmetered" => world.metered = verb == "metered",
            "idle" => world.idle_since = Some(now),
            "busy" => world.idle_since = None,
            "load" => world.load_percent = Some(rest.parse().unwrap()),
            other => panic!("nobody knows `{other}`"),
        }
        if self.keeper.is_some() && self.asleep_since.is_none() {
            self.tell(now, Happening::World(self.world.clone()));
        }
    }

    fn turn_off(&mut self) {
        self.keeper = None;
        self.wake = None;
        self.running = None;
        self.asleep_since = None;
    }

    fn end(&mut self, now: Timestamp) {
        let (items, _, is_stopped) = self.running.take().unwrap();
        let results = items.into_iter().map(|item| self.result(item, is_stopped)).collect();
        self.tell(now, Happening::RunEnded { results });
    }

    fn result(&mut self, item: ItemId, is_stopped: bool) -> RunResult {
        let next = self.next.get_mut(name(item)).and_then(VecDeque::pop_front);
        let fails = |class, progress, text: &str| {
            RunOutcome::Failed(Failure { class, progress, text: text.to_owned() })
        };
        let outcome = match next.as_deref() {
            _ if is_stopped => RunOutcome::Stopped,
            None => RunOutcome::Succeeded,
            Some("transient") => fails(ErrorClass::Transient, Progress::None, "no answer"),
            Some("progress") => fails(ErrorClass::Transient, Progress::Made, "the connection broke"),
            Some("configuration") => fails(ErrorClass::Configuration, Progress::None, "no such folder"),
            Some("safety") => fails(ErrorClass::Safety, Progress::None, "the left root is empty"),
            Some(other) => panic!("nobody knows `{other}`"),
        };
        RunResult { item, outcome, not_before: None }
    }

    fn tell(&mut self, now: Timestamp, happening: Happening) {
        let Some(keeper) = &mut self.keeper else {
            return;
        };
        for effect in keeper.step(now, happening) {
            self.write(now, &effect);
            self.perform(now, effect);
        }
    }

    fn perform(&mut self, now: Timestamp, effect: Effect) {
        match effect {
            Effect::Keep(kept) => drop(self.kept.insert(kept.item, kept)),
            Effect::Start { items, .. } => {
                assert!(self.running.is_none(), "two sessions at once");
                let seconds: i64 = items.iter().map(|item| self.seconds(*item)).sum();
                self.running = Some((items, now.plus_millis(seconds * 1000), false));
            }
            Effect::Stop { .. } => {
                let (_, end, is_stopped) = self.running.as_mut().unwrap();
                (*end, *is_stopped) = (now.plus_millis(2000), true);
            }
            Effect::Release(Leaving::Suspend) => self.asleep_since = Some(now),
            Effect::Release(Leaving::Logoff) => self.turn_off(),
            Effect::WakeAt(at) => {
                assert!(at > now, "a wake that is over");
                self.wake = Some(at);
            }
            Effect::NoWake => self.wake = None,
            Effect::Decided(_)
            | Effect::Late { .. }
            | Effect::Fresh { .. }
            | Effect::PauseOver
            | Effect::Hold(_) => {}
        }
    }

    fn seconds(&mut self, item: ItemId) -> i64 {
        let plan = self.next.entry(name(item)).or_default();
        if plan.front().is_some_and(|next| next == "slow") {
            plan.pop_front();
            return 600;
        }
        SECONDS[usize::from(item.as_bytes()[15]) - 1]
    }

    fn write(&mut self, now: Timestamp, effect: &Effect) {
        let names = |items: &[ItemId]| items.iter().map(|item| name(*item)).collect::<Vec<_>>().join(" and ");
        let text = match effect {
            Effect::Keep(_) | Effect::WakeAt(_) | Effect::NoWake => return,
            Effect::Decided(decision) => decision_line(decision),
            Effect::Late { item, .. } => format!("=> tell that {} is late", name(*item)),
            Effect::Fresh { item } => format!("=> tell that {} is fresh", name(*item)),
            Effect::PauseOver => "=> go on".to_owned(),
            Effect::Stop { items, reason } => format!("=> stop {}, {}", names(items), reason.as_str()),
            Effect::Hold(what) => format!("=> hold {what:?}"),
            Effect::Start { items, trigger } => {
                format!("=> start {} for {}", names(items), trigger_words(trigger))
            }
            Effect::Release(what) => format!("=> release {what:?}"),
        };
        let moment = jiff::Timestamp::from_millisecond(now.as_millis()).unwrap();
        let local = self.zone.to_datetime(moment);
        writeln!(self.ledger, "  {} {text}", local.strftime("%a %H:%M:%S")).unwrap();
    }
}

fn decision_line(decision: &Decision) -> String {
    let cause = match &decision.cause {
        None => String::new(),
        Some(Cause::After(item)) => format!(" after {}", name(*item)),
        Some(cause) => format!(" {cause}"),
    };
    let mut line = format!("{} {}{cause}", name(decision.item), decision.verdict);
    if !decision.detail.is_empty() {
        write!(line, ": {}", decision.detail).unwrap();
    }
    if !decision.conditions.is_empty() {
        let values: Vec<String> = decision.conditions.iter().map(ToString::to_string).collect();
        write!(line, " [{}]", values.join("; ")).unwrap();
    }
    line
}

#[test]
fn a_week_goes_by_and_its_ledger_is_as_it_was_found_right() {
    let mut machine = Machine::new();
    machine.play(SCRIPT);
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/week.golden");
    let expected = std::fs::read_to_string(&golden).unwrap_or_default();
    if machine.ledger != expected {
        let actual = golden.with_extension("actual");
        std::fs::write(&actual, &machine.ledger).unwrap();
        panic!(
            "the week went otherwise than in {golden}; compare it with {actual}, line by line against the script in \
             tests/keeper/week.rs, and move it there only if each line that differs is right",
            golden = golden.display(),
            actual = actual.display()
        );
    }
}
