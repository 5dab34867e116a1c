//! [`Logind`]: sleep, logoff and idleness; and [`Inhibitor`], which makes the first two wait.

mod inhibitor;

use std::io;

use crossbeam_channel::Sender;
use zbus::OwnedObjectPath;
use zbus::message::Message;

use crate::bus::{self, Bus, Heard, PROPERTIES_CHANGED, Properties, Service, Talk, property};
use crate::sign::{Sign, Since, Source};
use crate::worker::Worker;

pub use inhibitor::{InhibitError, Inhibitor};

const NAME: &str = "org.freedesktop.login1";
const PATH: &str = "/org/freedesktop/login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";
const USER: &str = "org.freedesktop.login1.User";
const SESSION: &str = "org.freedesktop.login1.Session";

/// Whose idleness and logoff counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A user, by number, over all their sessions. As long as logind does not know them, the machine counts.
    User(u32),
    /// One session, by its id. As long as logind does not know it, the machine counts.
    Session(String),
    /// All sessions of the machine.
    Machine,
}

/// Listens to logind; tells [`Sign::Suspending`], [`Sign::Resumed`], [`Sign::LoggingOff`], [`Sign::LogoffCancelled`],
/// [`Sign::Idle`] and [`Sign::Active`].
#[derive(Debug)]
pub struct Logind {
    _worker: Worker,
}

impl Logind {
    /// Starts listening; connecting happens on the source's own thread.
    ///
    /// # Errors
    ///
    /// When no thread can be started. That there is no such service or bus is told as [`Sign::Absent`].
    pub fn start(bus: Bus, subject: Subject, signs: Sender<Sign>) -> io::Result<Self> {
        let listener = Listener { subject, watched: None, told: Told::default() };
        Ok(Self { _worker: bus::start(listener, bus, signs)? })
    }
}

struct Listener {
    subject: Subject,
    /// The object whose idleness counts, since the last look.
    watched: Option<String>,
    told: Told,
}

impl Service for Listener {
    const SOURCE: Source = Source::Logind;
    const NAME: &'static str = NAME;

    fn rules(&self) -> Vec<String> {
        let manager = format!("interface='{MANAGER}',path='{PATH}'");
        let members = [
            "PrepareForSleep",
            "PrepareForShutdown",
            "UserNew",
            "UserRemoved",
            "SessionNew",
            "SessionRemoved",
        ];
        let mut rules: Vec<String> =
            members.iter().map(|member| format!("{manager},member='{member}'")).collect();
        // Which object counts is known only later, and users and sessions change seldom.
        rules.push(format!("{PROPERTIES_CHANGED},path_namespace='{PATH}'"));
        rules
    }

    async fn look(&mut self, talk: &mut Talk) -> zbus::Result<Vec<Sign>> {
        let manager = talk.properties(NAME, PATH, MANAGER).await?;
        let subject = self.find(talk).await;
        let now = Now {
            sleep: property(&manager, "PreparingForSleep").unwrap_or(false),
            shutdown: property(&manager, "PreparingForShutdown").unwrap_or(false),
            idle: idle(subject.as_ref().unwrap_or(&manager)),
            here: subject.as_ref().map(|properties| match self.subject {
                Subject::User(_) => is_logged_in(properties),
                Subject::Session(_) | Subject::Machine => true,
            }),
        };
        Ok(self.told.differs(now))
    }

    fn hear(&mut self, message: &Message) -> Heard {
        let header = message.header();
        let flag = || message.body().deserialize::<bool>().unwrap_or(false);
        match header.member().map_or("", |member| member.as_str()) {
            "PrepareForSleep" => Heard::Tell(self.told.sleep(flag())),
            "PrepareForShutdown" => Heard::Tell(self.told.shutdown(flag())),
            "PropertiesChanged" => {
                let path = header.path().map(|path| path.as_str());
                let watched = self.watched.as_deref().unwrap_or(PATH);
                if path == Some(watched) { Heard::Look } else { Heard::Nothing }
            }
            _ => Heard::Look,
        }
    }

    fn forget(&mut self) {
        self.watched = None;
        self.told = Told::default();
    }
}

impl Listener {
    /// The properties of the user or session that counts, if logind knows it.
    async fn find(&mut self, talk: &mut Talk) -> Option<Properties> {
        let (path, interface) = match &self.subject {
            Subject::User(number) => (talk.call(NAME, PATH, MANAGER, "GetUser", number).await, USER),
            Subject::Session(id) => (talk.call(NAME, PATH, MANAGER, "GetSession", id).await, SESSION),
            Subject::Machine => return None,
        };
        self.watched = None;
        let path: OwnedObjectPath = path.ok()?.body().deserialize().ok()?;
        let properties = talk.properties(NAME, path.as_str(), interface).await.ok()?;
        self.watched = Some(path.to_string());
        Some(properties)
    }
}

/// Whether a user is logged in. Not by the list of sessions: one that is over stays in it for a while, and a user who
/// lingers is known without any.
fn is_logged_in(user: &Properties) -> bool {
    matches!(property(user, "State"), Some("online" | "active"))
}

fn idle(properties: &Properties) -> Option<Since> {
    property(properties, "IdleHint").unwrap_or(false).then(|| {
        match property(properties, "IdleSinceHint").unwrap_or(0_u64) / 1000 {
            0 => Since::Unknown,
            milliseconds => Since::At(milliseconds),
        }
    })
}

/// What logind says, in one look.
struct Now {
    sleep: bool,
    shutdown: bool,
    /// Since when nobody uses what counts; `None` while somebody does.
    idle: Option<Since>,
    /// Whether the subject is logged in; `None` where there is no subject to ask for.
    here: Option<bool>,
}

/// What was told, so that only what differs is told.
#[derive(Debug, Default)]
struct Told {
    sleep: bool,
    shutdown: bool,
    idle: Option<Option<Since>>,
    here: bool,
    away: bool,
}

impl Told {
    fn differs(&mut self, now: Now) -> Vec<Sign> {
        let mut signs = self.sleep(now.sleep);
        signs.extend(self.shutdown(now.shutdown));
        signs.extend(self.presence(now.here));
        if self.idle != Some(now.idle) {
            self.idle = Some(now.idle);
            signs.push(now.idle.map_or(Sign::Active, Sign::Idle));
        }
        signs
    }

    fn sleep(&mut self, about_to: bool) -> Vec<Sign> {
        if std::mem::replace(&mut self.sleep, about_to) == about_to {
            return Vec::new();
        }
        vec![if about_to { Sign::Suspending } else { Sign::Resumed }]
    }

    fn shutdown(&mut self, about_to: bool) -> Vec<Sign> {
        if std::mem::replace(&mut self.shutdown, about_to) == about_to {
            return Vec::new();
        }
        vec![if about_to { Sign::LoggingOff } else { Sign::LogoffCancelled }]
    }

    /// A subject that was logged in and is not any more has logged off; one that never was has not.
    fn presence(&mut self, here: Option<bool>) -> Option<Sign> {
        let was_here = self.here;
        self.here = here.unwrap_or(false);
        match (was_here, self.here) {
            (true, false) => {
                self.away = true;
                Some(Sign::LoggingOff)
            }
            (false, true) if std::mem::replace(&mut self.away, false) => Some(Sign::LogoffCancelled),
            (true, true) | (false, _) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use zbus::OwnedVariant;

    use super::*;

    fn now(sleep: bool, shutdown: bool, idle: Option<Since>, here: Option<bool>) -> Now {
        Now { sleep, shutdown, idle, here }
    }

    #[test]
    fn only_what_differs_is_told() {
        let mut told = Told::default();
        let idle = Some(Since::At(7));
        for (number, (now, expected)) in [
            (now(false, false, None, Some(true)), vec![Sign::Active]),
            (now(false, false, None, Some(true)), vec![]),
            (now(false, false, idle, Some(true)), vec![Sign::Idle(Since::At(7))]),
            (now(true, false, idle, Some(true)), vec![Sign::Suspending]),
            (now(false, false, None, Some(true)), vec![Sign::Resumed, Sign::Active]),
            (now(false, true, None, Some(true)), vec![Sign::LoggingOff]),
            (now(false, false, None, Some(true)), vec![Sign::LogoffCancelled]),
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(told.differs(now), expected, "{number}");
        }
    }

    #[test]
    fn the_end_of_the_last_session_is_a_logoff_and_one_that_never_was_is_none() {
        let mut told = Told::default();
        for (number, (here, expected)) in [
            (None, None),
            (Some(false), None),
            (Some(true), None),
            (Some(false), Some(Sign::LoggingOff)),
            (None, None),
            (Some(true), Some(Sign::LogoffCancelled)),
            (None, Some(Sign::LoggingOff)),
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(told.presence(here), expected, "{number}");
        }
    }

    #[test]
    fn a_look_after_a_signal_tells_nothing_twice() {
        let mut told = Told::default();
        assert_eq!(told.differs(now(false, false, None, None)), [Sign::Active]);
        assert_eq!(told.sleep(true), [Sign::Suspending]);
        assert_eq!(told.differs(now(true, false, None, None)), []);
        assert_eq!(told.sleep(false), [Sign::Resumed]);
        assert_eq!(told.sleep(false), []);
    }

    #[test]
    fn idleness_without_a_time_is_idleness() {
        let idle_since = |hint: bool, since: u64| {
            let properties = Properties::from([
                ("IdleHint".into(), OwnedVariant::from(hint)),
                ("IdleSinceHint".into(), OwnedVariant::from(since)),
            ]);
            idle(&properties)
        };
        assert_eq!(idle_since(true, 5_000_999), Some(Since::At(5000)));
        assert_eq!(idle_since(true, 0), Some(Since::Unknown));
        assert_eq!(idle_since(false, 5_000_999), None);
        assert_eq!(idle(&Properties::new()), None);
    }
}
