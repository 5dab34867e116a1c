//! The screens: what each of them needs to know, and what it shows.

use syncmgr_model::time::Timestamp;
use syncmgr_wire::control::Request;
use syncmgr_wire::page::{Action, Block, PageRequest, Place, Screen, Tone};

use crate::world::{Look, World};

mod conflict;
mod conflicts;
mod connections;
mod history;
pub(crate) mod items;
mod plan;
mod questions;
mod results;
mod settings;
mod synchronizing;
mod trash;
mod why;

/// What a screen has to say; the frame puts the rest around it.
pub(crate) struct Body {
    pub(crate) title: String,
    /// How it is, in one sentence.
    pub(crate) headline: String,
    pub(crate) tone: Tone,
    pub(crate) blocks: Vec<Block>,
    pub(crate) actions: Vec<Action>,
    /// The way back, from what is no tab.
    pub(crate) back: Option<Place>,
    /// Whether it moves by itself.
    pub(crate) moves: bool,
    /// The questions on whose answers it rests: why they could not be answered is told.
    pub(crate) rests_on: Vec<Request>,
}

impl Body {
    /// A page with a title and nothing else yet.
    pub(crate) fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            headline: String::new(),
            tone: Tone::Plain,
            blocks: Vec::new(),
            actions: Vec::new(),
            back: None,
            moves: false,
            rests_on: Vec::new(),
        }
    }

    /// How it is.
    pub(crate) fn headline(mut self, tone: Tone, text: impl Into<String>) -> Self {
        (self.tone, self.headline) = (tone, text.into());
        self
    }
}

/// What has to be known to show it.
pub(crate) fn needs(world: &World, request: &PageRequest) -> Vec<Request> {
    let place = &request.place;
    match place.screen {
        Screen::Items => items::needs(world),
        // What was heard is all there is.
        Screen::Synchronizing | Screen::Plan | Screen::Questions => Vec::new(),
        Screen::Results => results::needs(world, place),
        Screen::Conflicts => conflicts::needs(),
        Screen::Conflict => conflict::needs(place),
        Screen::History => history::needs(),
        Screen::Settings => settings::needs(place),
        Screen::Why => why::needs(place),
        Screen::Connections => connections::needs(),
        Screen::Trash => trash::needs(),
    }
}

/// What it shows.
pub(crate) fn body(look: &Look<'_>) -> Body {
    let mut body = match look.request.place.screen {
        Screen::Items => items::body(look),
        Screen::Synchronizing => synchronizing::body(look),
        Screen::Results => results::body(look),
        Screen::Conflicts => conflicts::body(look),
        Screen::Conflict => conflict::body(look),
        Screen::Plan => plan::body(look),
        Screen::History => history::body(look),
        Screen::Settings => settings::body(look),
        Screen::Why => why::body(look),
        Screen::Connections => connections::body(look),
        Screen::Questions => questions::body(look),
        Screen::Trash => trash::body(look),
    };
    body.rests_on = needs(look.world, look.request);
    body
}

/// Plans stay as long as somebody looks at them.
pub(crate) fn looks_at_plan(world: &mut World, request: &PageRequest, now: Timestamp) {
    if request.place.screen == Screen::Plan {
        let item = request.place.subject.as_deref().and_then(|subject| world.index.find(subject));
        let item = item.map(|known| known.item);
        world.plans.look(item, now);
    }
}

/// What came back to be looked at has been, once it is shown.
pub(crate) fn looks_at_session(world: &mut World, request: &PageRequest) {
    if let Some(live) = world.live.as_mut().filter(|_| request.place.screen == Screen::Synchronizing) {
        live.came_back = false;
    }
}

/// The tab that a screen belongs to.
pub(crate) fn tab_of(screen: Screen) -> Screen {
    match screen {
        Screen::Conflict => Screen::Conflicts,
        Screen::Why => Screen::Items,
        other => other,
    }
}
