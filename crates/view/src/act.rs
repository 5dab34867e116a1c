//! How actions are made. Their keys come from the table of [`crate::keys`].

use syncmgr_wire::control::{Request, Selection, SyncRequest};
use syncmgr_wire::page::{Action, Confirmation, Does, Form, Place, Screen};

use crate::{forms, keys};

fn action(id: &str, label: &str, does: Does) -> Action {
    Action {
        id: id.to_owned(),
        label: label.to_owned(),
        key: keys::of(id),
        does,
        confirm: None,
        disabled: None,
        primary: false,
    }
}

/// Sends a request and stays.
pub(crate) fn ask(id: &str, label: &str, request: Request) -> Action {
    action(id, label, Does::Ask(Box::new(request)))
}

/// Sends a request and goes where its effect is seen.
pub(crate) fn ask_and_go(id: &str, label: &str, request: Request, place: Place) -> Action {
    action(id, label, Does::AskAndGo(Box::new(request), place))
}

/// Goes somewhere.
pub(crate) fn go(id: &str, label: &str, place: Place) -> Action {
    action(id, label, Does::Go(place))
}

/// Lets a person fill in a form.
pub(crate) fn fill(id: &str, label: &str, form: Form) -> Action {
    action(id, label, Does::Fill(form))
}

/// What can be said about an action besides.
pub(crate) trait Tailored {
    /// It is asked about first.
    fn confirmed(self, text: impl Into<String>, yes: &str) -> Self;
    /// It cannot be done now, where there is a reason.
    fn unless(self, reason: Option<impl Into<String>>) -> Self;
    /// It is what most people want here.
    fn primary(self) -> Self;
    /// It has no key here, because another one on the page has it.
    fn without_key(self) -> Self;
}

impl Tailored for Action {
    fn confirmed(mut self, text: impl Into<String>, yes: &str) -> Self {
        self.confirm = Some(Confirmation { text: text.into(), yes: yes.to_owned() });
        self
    }

    fn unless(mut self, reason: Option<impl Into<String>>) -> Self {
        self.disabled = reason.map(Into::into);
        self
    }

    fn primary(mut self) -> Self {
        self.primary = true;
        self
    }

    fn without_key(mut self) -> Self {
        self.key = None;
        self
    }
}

/// A session that a person asks for in front of a face.
pub(crate) fn session(selection: Selection) -> SyncRequest {
    SyncRequest { attended: true, ..SyncRequest::new(selection) }
}

/// A session that only tells what it would do, path by path.
pub(crate) fn preview(selection: Selection) -> SyncRequest {
    SyncRequest { dry_run: true, changes: true, ..session(selection) }
}

/// Items by their ids.
pub(crate) fn items(ids: impl IntoIterator<Item = impl ToString>) -> Selection {
    Selection::Items(ids.into_iter().map(|id| id.to_string()).collect())
}

/// Runs a session, and goes where it is seen.
pub(crate) fn run(id: &str, label: &str, request: SyncRequest) -> Action {
    ask_and_go(id, label, Request::Sync(request), Place::of(Screen::Synchronizing))
}

/// Looks what a run in another way would do.
pub(crate) fn otherwise(selection: Selection, subject: Option<String>) -> Action {
    let place = Place { screen: Screen::Plan, subject, part: None };
    fill("dry_run_otherwise", "In another way, once", forms::otherwise(preview(selection), place))
}

/// Runs a preview, and goes where its plan is seen.
pub(crate) fn plan(id: &str, label: &str, request: SyncRequest, subject: Option<String>) -> Action {
    let place = Place { screen: Screen::Plan, subject, part: None };
    ask_and_go(id, label, Request::Sync(request), place)
}
