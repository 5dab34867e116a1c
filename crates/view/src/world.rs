//! [`World`]: all that is known, and the pages that can be made of it.

use jiff::tz::TimeZone;
use syncmgr_model::time::Timestamp;
use syncmgr_wire::control::{Event, Marks, Request};
use syncmgr_wire::line::{Question, Topic};
use syncmgr_wire::page::{Page, PageRequest};

use crate::answers::{Answers, Need, Trouble, Urgency};
use crate::known::{Index, Kind};
use crate::plans::{Origin, Plans};
use crate::session::Live;
use crate::{frame, screen};

/// What a page depends on besides what is known.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The moment.
    pub now: Timestamp,
    /// Where the one lives who looks.
    pub zone: &'a TimeZone,
    /// What a person should know about the daemon itself, a sentence each.
    pub problems: &'a [String],
}

/// All that is known.
///
/// It is told every event of every session in their order ([`World::hear`]), and every request that was carried out
/// ([`World::carried_out`]), and keeps what was answered until one of them may have changed it. Whoever wants a page asks what it needs,
/// has that answered, tells the answers, and gets the page.
#[derive(Debug, Default)]
pub struct World {
    pub(crate) answers: Answers,
    pub(crate) live: Option<Live>,
    pub(crate) plans: Plans,
    pub(crate) questions: Vec<Question>,
    pub(crate) index: Index,
    /// The answers that the index was made of.
    indexed: (u64, u64),
    /// What the session makes that begins next.
    next: Option<Origin>,
    pub(crate) is_pinned: bool,
}

/// The check marks of sessions that a person starts.
pub(crate) fn manual() -> Request {
    Request::Items(Marks::default())
}

impl World {
    /// Learns for what the session was asked that begins next. Without a word it was for nothing that concerns pages.
    pub fn starts(&mut self, request: &Request) {
        self.next = Origin::of(request);
    }

    /// Hears what happened at this moment.
    pub fn hear(&mut self, event: &Event, now: Timestamp) {
        match event {
            Event::Begun(begun) => {
                let origin = self.next.take();
                self.questions.clear();
                self.live = Some(Live::new(begun, origin.is_some(), now));
                self.plans.begin(origin, &begun.items, now);
                return;
            }
            Event::Changed(changed) => {
                self.answers.changed(changed.what);
                // Whether it is paused is told by the daemon from now on: a pause may have ended by itself.
                if let Some(live) = self.live.as_mut().filter(|_| changed.what == Topic::Daemon) {
                    live.is_paused = false;
                }
            }
            Event::Question(question) => {
                self.questions.retain(|before| before.question != question.question);
                self.questions.push(question.clone());
            }
            Event::QuestionClosed(closed) => {
                self.questions.retain(|before| before.question != closed.question);
            }
            Event::Summary(summary) => {
                self.next = None;
                self.questions.clear();
                self.answers.ended(summary);
            }
            _ => {}
        }
        if let Some(live) = &mut self.live {
            live.hear(event, now);
        }
        self.plans.hear(event, now);
    }

    /// Learns that the manager carried a request out, or tried to.
    pub fn carried_out(&mut self, request: &Request) {
        if let Request::Pin { pinned } = request {
            self.is_pinned = *pinned;
        }
        if let Some(live) = &mut self.live {
            live.controlled(request);
        }
        self.answers.carried_out(request);
    }

    /// The questions that have to be asked before this page can be made. Answers may raise new ones, so that it is asked again
    /// until there are none, and not more often than three times.
    pub fn needs(&self, request: &PageRequest, now: Timestamp) -> Vec<Need> {
        let mut wanted = frame::needs();
        wanted.extend(screen::needs(self, request));
        let mut needs: Vec<Need> = Vec::new();
        for request in wanted {
            let is_needed = !self.answers.is_fresh(&request, now) || self.is_behind(&request);
            if is_needed && needs.iter().all(|need| need.request != request) {
                let urgency = match request {
                    Request::Items(_) | Request::Discover => Urgency::Soon,
                    _ => Urgency::Now,
                };
                needs.push(self.answers.need(request, urgency));
            }
        }
        needs
    }

    /// Whether there are items of which nobody has listed anything yet.
    fn is_behind(&self, request: &Request) -> bool {
        *request == manual()
            && self.answers.version(request) < self.answers.version(&Request::Status)
            && self.indexed == self.versions()
            && self.index.count(Kind::Unlisted) > 0
    }

    /// Learns what was answered, or why nothing was.
    pub fn learn(&mut self, need: &Need, answer: Result<Vec<Event>, Trouble>, now: Timestamp) {
        self.answers.learn(need, answer, now);
        self.refresh();
    }

    fn versions(&self) -> (u64, u64) {
        (self.answers.version(&manual()), self.answers.version(&Request::Status))
    }

    fn refresh(&mut self) {
        if self.indexed != self.versions() {
            self.indexed = self.versions();
            let listed = self.answers.events(&manual());
            let statuses = self.answers.events(&Request::Status);
            self.index = Index::new(listed, statuses, self.index.n_visited());
        }
    }

    /// The page, of what is known now.
    pub fn page(&mut self, request: &PageRequest, around: &Surroundings<'_>) -> Page {
        self.refresh();
        screen::looks_at_plan(self, request, around.now);
        screen::looks_at_session(self, request);
        let look = Look { world: self, request, now: around.now, zone: around.zone };
        let body = screen::body(&look);
        frame::around(&look, body, around.problems)
    }

    /// Lets go of plans at which nobody has looked for ten minutes.
    pub fn forget_plans(&mut self, now: Timestamp) {
        self.plans.forget(now);
    }

    /// Lets go of all that can be asked for again: nobody looks any more. A session that runs is still followed.
    pub fn rest(&mut self) {
        self.answers.forget();
        self.index = Index::default();
        self.indexed = (0, 0);
        if self.live.as_ref().is_some_and(Live::is_over) {
            self.live = None;
        }
        if !self.plans.is_making() {
            self.plans = Plans::default();
        }
    }

    /// How many items were looked at so far to make pages: what pages cost.
    pub fn n_visited(&self) -> u64 {
        self.index.n_visited()
    }

    /// How many lines of the plans that are there were read so far to make pages.
    pub fn n_lines_read(&self) -> u64 {
        self.plans.n_read()
    }
}

/// What a screen looks at while it makes a page.
#[derive(Clone, Copy)]
pub(crate) struct Look<'a> {
    pub(crate) world: &'a World,
    pub(crate) request: &'a PageRequest,
    pub(crate) now: Timestamp,
    pub(crate) zone: &'a TimeZone,
}

impl<'a> Look<'a> {
    /// What was answered to a question.
    pub(crate) fn events(&self, request: &Request) -> &'a [Event] {
        self.world.answers.events(request)
    }

    /// What the page is about.
    pub(crate) fn subject(&self) -> Option<&'a str> {
        self.request.place.subject.as_deref().filter(|subject| !subject.is_empty())
    }

    /// Which part of the screen is looked at.
    pub(crate) fn part(&self) -> Option<&'a str> {
        self.request.place.part.as_deref().filter(|part| !part.is_empty())
    }

    /// The session that runs.
    pub(crate) fn running(&self) -> Option<&'a Live> {
        self.world.live.as_ref().filter(|live| !live.is_over())
    }
}
