//! One conflict: both versions beside each other, and what can be decided.

use syncmgr_wire::control::{Event, Request};
use syncmgr_wire::page::{Block, Comparison, Place, Screen, Tone};

use super::Body;
use super::conflicts::{self, KEEPS};
use crate::act::{self, Tailored as _};
use crate::forms;
use crate::words;
use crate::world::Look;

/// What a place of this screen is about.
#[derive(Debug, Clone, PartialEq, Eq)]
struct About {
    item: String,
    path: String,
    escaped: bool,
}

fn about(place: &Place) -> Option<About> {
    let (item, rest) = place.subject.as_deref()?.split_once('/')?;
    let (path, escaped) = match rest.strip_suffix("?escaped") {
        Some(path) => (path, true),
        None => (rest, false),
    };
    Some(About { item: item.to_owned(), path: path.to_owned(), escaped })
}

fn compare(about: &About) -> Request {
    Request::Compare {
        item: about.item.clone(),
        path: about.path.clone(),
        escaped: about.escaped,
        draft: true,
    }
}

pub(super) fn needs(place: &Place) -> Vec<Request> {
    let compare = about(place).map(|about| compare(&about));
    compare.into_iter().chain([conflicts::request()]).collect()
}

pub(super) fn body(look: &Look<'_>) -> Body {
    let back = Place::of(Screen::Conflicts);
    let Some(about) = about(&look.request.place) else {
        let mut body = Body::new("Conflict").headline(Tone::Muted, "No conflict is named");
        body.back = Some(back);
        return body;
    };
    let title = about.path.clone();
    let open: Vec<_> = conflicts::open(look).collect();
    let here =
        |one: &&&syncmgr_wire::line::Conflict| one.item.to_string() == about.item && one.path == about.path;
    let Some(conflict) = open.iter().find(here) else {
        let mut body = Body::new(title).headline(Tone::Good, "This conflict is settled");
        body.actions = vec![act::go("all", "Other conflicts", back.clone()).primary()];
        body.back = Some(back);
        return body;
    };
    let said = format!("{}: {}", conflict.name, words::conflict(conflict.kind));
    let mut body = Body::new(title).headline(Tone::Needs, said);
    let comparison = look.events(&compare(&about)).iter().find_map(|event| match event {
        Event::Comparison(comparison) => Some(comparison),
        _ => None,
    });
    // The text to be written is in its form, and not twice on the page.
    let shown = comparison.map(|comparison| Comparison { draft: None, ..comparison.clone() });
    body.blocks.extend(shown.map(Block::Comparison));
    for (keep, id, _, label, _) in KEEPS {
        body.actions.push(act::ask_and_go(id, label, conflicts::resolve(conflict, keep), back.clone()));
    }
    let merge = Request::Merge {
        item: about.item.clone(),
        path: about.path.clone(),
        escaped: about.escaped,
        text: String::new(),
        // What was seen is what is replaced, and nothing that came since.
        seen: comparison.map(|comparison| comparison.seen.clone()).filter(|seen| !seen.is_empty()),
    };
    let draft = comparison.and_then(|comparison| comparison.draft.as_ref());
    let problem = draft.is_none().then_some("only a text that is not too long can be written here");
    let form = match draft {
        Some(draft) => forms::merge(&merge, &draft.text, &draft.marks),
        None => forms::merge(&merge, "", &[]),
    };
    body.actions.push(act::fill("merge", "Write it yourself", form).unless(problem));
    if let Some(next) = next_to(&open, conflict) {
        body.actions.push(act::go("next", "Next conflict", conflicts::place(next)));
    }
    body.back = Some(back);
    body
}

/// The conflict after this one, round and round.
fn next_to<'a>(
    open: &[&'a syncmgr_wire::line::Conflict],
    this: &syncmgr_wire::line::Conflict,
) -> Option<&'a syncmgr_wire::line::Conflict> {
    let place = open.iter().position(|one| *one == this)?;
    let next = open.get((place + 1) % open.len())?;
    (*next != this).then_some(*next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_says_item_path_and_whether_it_is_escaped() {
        for (subject, expected) in [
            ("id/a/b", Some(("id", "a/b", false))),
            ("id/caf\\xe9?escaped", Some(("id", "caf\\xe9", true))),
            ("id", None),
            ("", None),
        ] {
            let found = about(&Place::about(Screen::Conflict, subject));
            let found = found.as_ref().map(|about| (about.item.as_str(), about.path.as_str(), about.escaped));
            assert_eq!(found, expected, "{subject}");
        }
    }
}
