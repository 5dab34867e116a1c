//! What the manager answered, kept until something happens that may have changed it.

use std::collections::BTreeMap;

use syncmgr_model::time::Timestamp;
use syncmgr_wire::control::{Event, Request};
use syncmgr_wire::line::{Summary, Topic};

/// How many answers are kept. A page needs about ten.
const MAX_KEPT: usize = 64;

/// A request that could not be answered is asked again after this long.
const TROUBLE_MILLIS: u64 = 3_000;

/// A question that has to be asked of the manager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The question.
    pub request: Request,
    /// Whether a page waits for it.
    pub urgency: Urgency,
    /// What had happened when it was asked: an answer does not know what happens while it is looked up.
    pub(crate) as_of: u64,
}

/// Whether a page waits for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// It cannot be made without.
    Now,
    /// It can, and is better with it. Handlers of others are asked, and they may take their time.
    Soon,
}

/// Why something could not be answered, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What did not work.
    pub headline: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// What an answer rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Basis {
    /// Which items there are.
    Listing,
    /// What of them takes part, and how they are.
    Marks,
    /// What sessions did.
    Runs,
    /// What is configured.
    Settings,
    /// Which connections are up.
    Connections,
    /// How the daemon is.
    Daemon,
    /// What is in the trash.
    Trash,
}

const N_BASES: usize = 7;

/// All answers.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// Counts what happens.
    beat: u64,
    /// When each basis was last touched.
    touched: [u64; N_BASES],
    kept: BTreeMap<String, Kept>,
    n_learned: u64,
}

#[derive(Debug)]
struct Kept {
    events: Vec<Event>,
    trouble: Option<Trouble>,
    as_of: u64,
    at: Timestamp,
    version: u64,
}

/// What a question rests on, and how long its answer holds if nothing happens, in milliseconds.
fn rests_on(request: &Request) -> (&'static [Basis], u64) {
    use Basis::*;
    const SECOND: u64 = 1000;
    const MINUTE: u64 = 60 * SECOND;
    match request {
        // Handlers of others are asked for it: not each time when a tick changes.
        Request::Items(marks) if marks.purpose.is_none() => (&[Listing], 5 * MINUTE),
        Request::Items(_) => (&[Listing, Marks], 5 * MINUTE),
        Request::Status => (&[Listing, Marks, Runs], MINUTE),
        Request::Conflicts { .. } => (&[Listing, Runs], 5 * MINUTE),
        // Files change without a word to us.
        Request::Compare { .. } => (&[Listing, Runs], 5 * SECOND),
        Request::Trash { .. } => (&[Listing, Runs, Trash], MINUTE),
        Request::Why { .. } => (&[Listing, Marks, Runs, Settings, Daemon], 10 * SECOND),
        Request::Settings | Request::Hooks | Request::ItemSettings { .. } => (&[Listing, Settings], MINUTE),
        Request::Handlers => (&[Listing, Settings], MINUTE),
        Request::Recipes => (&[], 60 * MINUTE),
        Request::Discover => (&[Listing, Settings], 10 * MINUTE),
        Request::Connections => (&[Connections, Settings, Marks], MINUTE),
        Request::Daemon => (&[Daemon, Runs, Settings], MINUTE),
        Request::Doctor => (&[Listing, Settings], MINUTE),
        Request::History { .. } | Request::Results { .. } | Request::FindUndo { .. } => (&[Runs], 5 * MINUTE),
        _ => (&[], 0),
    }
}

fn key(request: &Request) -> String {
    // Requests are plain values: nothing that could fail.
    serde_json::to_string(request).unwrap_or_default()
}

impl Answers {
    /// Something happened.
    pub(crate) fn touch(&mut self, bases: &[Basis]) {
        self.beat += 1;
        for basis in bases {
            self.touched[*basis as usize] = self.beat;
        }
    }

    /// A topic changed that no other event tells of.
    pub(crate) fn changed(&mut self, topic: Topic) {
        self.touch(match topic {
            Topic::Items => &[Basis::Marks],
            Topic::Settings => &[Basis::Settings, Basis::Listing, Basis::Marks],
            Topic::Connections => &[Basis::Connections],
            Topic::Daemon => &[Basis::Daemon],
        });
    }

    /// A session ended.
    pub(crate) fn ended(&mut self, summary: &Summary) {
        if summary.session.is_some() {
            self.touch(&[Basis::Runs]);
        }
    }

    /// The manager carried something out.
    pub(crate) fn carried_out(&mut self, request: &Request) {
        let bases: &[Basis] = match request {
            Request::Tick(_) => &[Basis::Marks],
            Request::AddFolder(_)
            | Request::Remove { .. }
            | Request::Register(_)
            | Request::Unregister { .. }
            | Request::Registered { .. }
            | Request::Trust { .. }
            | Request::AddRecipe(_)
            | Request::SetItem(_)
            | Request::SetStoreAside => &[Basis::Listing, Basis::Settings, Basis::Marks, Basis::Runs],
            Request::SetTrigger(_)
            | Request::RemoveTrigger { .. }
            | Request::AddHook(_)
            | Request::RemoveHook { .. }
            | Request::SetDesktop { .. } => &[Basis::Settings],
            Request::Connect { .. } | Request::Disconnect { .. } => &[Basis::Connections],
            Request::TrashRestore(_) | Request::TrashEmpty { .. } => &[Basis::Trash],
            Request::Pause { .. } | Request::Resume => &[Basis::Daemon],
            Request::Properties { .. } => &[Basis::Listing, Basis::Marks],
            Request::Sync(_)
            | Request::Resolve(_)
            | Request::Merge { .. }
            | Request::Undo { .. }
            | Request::Open(_) => &[Basis::Runs, Basis::Marks, Basis::Trash],
            _ => return,
        };
        self.touch(bases);
    }

    /// Whether an answer is there that still holds.
    pub(crate) fn is_fresh(&self, request: &Request, now: Timestamp) -> bool {
        let Some(kept) = self.kept.get(&key(request)) else { return false };
        let (bases, millis) = rests_on(request);
        let millis = if kept.trouble.is_some() { TROUBLE_MILLIS } else { millis };
        let is_untouched = bases.iter().all(|basis| self.touched[*basis as usize] <= kept.as_of);
        is_untouched && now.millis_since(kept.at) < millis
    }

    /// The question, as it is asked now.
    pub(crate) fn need(&self, request: Request, urgency: Urgency) -> Need {
        Need { request, urgency, as_of: self.beat }
    }

    /// Takes an answer. What was known before stays in sight where there is none.
    pub(crate) fn learn(&mut self, need: &Need, answer: Result<Vec<Event>, Trouble>, now: Timestamp) {
        self.n_learned += 1;
        let key = key(&need.request);
        let before = self.kept.remove(&key);
        let (events, trouble) = match answer {
            Ok(events) => (events, None),
            Err(trouble) => (before.map(|kept| kept.events).unwrap_or_default(), Some(trouble)),
        };
        if self.kept.len() >= MAX_KEPT
            && let Some(oldest) =
                self.kept.iter().min_by_key(|(_, kept)| kept.version).map(|(key, _)| key.clone())
        {
            self.kept.remove(&oldest);
        }
        let kept = Kept { events, trouble, as_of: need.as_of, at: now, version: self.n_learned };
        self.kept.insert(key, kept);
    }

    /// Whether anything was ever answered to it.
    pub(crate) fn is_known(&self, request: &Request) -> bool {
        self.kept.contains_key(&key(request))
    }

    /// What was answered; nothing if nobody asked.
    pub(crate) fn events(&self, request: &Request) -> &[Event] {
        self.kept.get(&key(request)).map_or(&[], |kept| &kept.events)
    }

    /// Another number for each answer to the same question; 0 if there is none.
    pub(crate) fn version(&self, request: &Request) -> u64 {
        self.kept.get(&key(request)).map_or(0, |kept| kept.version)
    }

    /// Why these could not be answered, each reason once.
    pub(crate) fn troubles<'a>(&'a self, requests: &'a [Request]) -> Vec<&'a Trouble> {
        let mut troubles: Vec<&Trouble> = Vec::new();
        for trouble in requests.iter().filter_map(|request| self.trouble(request)) {
            if !troubles.contains(&trouble) {
                troubles.push(trouble);
            }
        }
        troubles
    }

    /// Why this could not be answered.
    pub(crate) fn trouble(&self, request: &Request) -> Option<&Trouble> {
        self.kept.get(&key(request)).and_then(|kept| kept.trouble.as_ref())
    }

    /// Lets go of everything.
    pub(crate) fn forget(&mut self) {
        self.kept = BTreeMap::new();
        self.beat += 1;
    }
}

#[cfg(test)]
mod tests {
    use syncmgr_wire::control::{Marks, TickRequest};

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn marks() -> Request {
        Request::Items(Marks::default())
    }

    fn learned(answers: &mut Answers, request: Request) {
        let need = answers.need(request, Urgency::Now);
        answers.learn(&need, Ok(Vec::new()), NOW);
    }

    #[test]
    fn an_answer_holds_until_what_it_rests_on_changes() {
        for (request, topic, stays) in [
            (Request::Status, Topic::Items, false),
            (Request::Status, Topic::Connections, true),
            (marks(), Topic::Items, true),
            (marks(), Topic::Settings, false),
            (Request::Connections, Topic::Connections, false),
            (Request::Daemon, Topic::Daemon, false),
            (Request::History { limit: 9 }, Topic::Settings, true),
        ] {
            let mut answers = Answers::default();
            assert!(!answers.is_fresh(&request, NOW));
            learned(&mut answers, request.clone());
            assert!(answers.is_fresh(&request, NOW));
            answers.changed(topic);
            assert_eq!(answers.is_fresh(&request, NOW), stays, "{request:?} {topic:?}");
        }
    }

    #[test]
    fn what_happens_while_an_answer_is_looked_up_makes_it_stale() {
        let mut answers = Answers::default();
        let need = answers.need(Request::Status, Urgency::Now);
        let tick = TickRequest { items: Vec::new(), ticked: true, marks: Marks::default() };
        answers.carried_out(&Request::Tick(tick));
        answers.learn(&need, Ok(Vec::new()), NOW);
        assert!(!answers.is_fresh(&Request::Status, NOW));
    }

    #[test]
    fn a_failure_keeps_what_was_known_and_is_asked_again_soon() {
        let mut answers = Answers::default();
        let need = answers.need(Request::Recipes, Urgency::Now);
        let done = Event::Changed(syncmgr_wire::line::Changed { what: Topic::Items });
        answers.learn(&need, Ok(vec![done.clone()]), NOW);
        let trouble = Trouble { headline: "no store".to_owned(), hint: None };
        answers.learn(&need, Err(trouble.clone()), NOW);
        assert_eq!(answers.events(&Request::Recipes), [done]);
        assert_eq!(answers.troubles(&[Request::Recipes, Request::Recipes]), [&trouble]);
        assert!(answers.is_fresh(&Request::Recipes, NOW));
        assert!(!answers.is_fresh(&Request::Recipes, NOW.plus_millis(4_000)));
    }

    #[test]
    fn the_number_of_answers_is_bounded_and_the_oldest_goes_first() {
        let mut answers = Answers::default();
        for limit in 0..1000 {
            learned(&mut answers, Request::History { limit });
        }
        assert_eq!(answers.kept.len(), MAX_KEPT);
        assert!(answers.is_known(&Request::History { limit: 999 }));
        assert!(!answers.is_known(&Request::History { limit: 0 }));
    }
}
